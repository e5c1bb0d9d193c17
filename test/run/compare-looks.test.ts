import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareLooks } from '#rooms/run/compare-looks.js';
import type { Look, StatementLook } from '#rooms/run/statement-look.js';
import type { ComparedStatement, ExecutedPlan } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { plan } from '../result/aftermath.ts';

const SURROUNDINGS = { newIndexes: ['orders_new'], limit: ms(2_000) };

type Series = readonly (readonly number[])[];

const statement = (series: Series, changes: Partial<StatementLook> = {}): StatementLook => ({
  workload: 'main',
  transaction: 'order_page',
  text: 'SELECT 1 WHERE $1 > 0',
  series: new Map(series.map((samples, slot) => [slot, samples])),
  rows: 1,
  executed: undefined,
  failure: undefined,
  stop: undefined,
  ...changes,
});

const lookAt = (one: StatementLook, trip = 0.05): Look => ({
  duration: ms(500),
  calibration: [[trip, trip, trip]],
  statements: [one],
  walks: [],
  leftOut: [],
});

function compared(before: Look, after: Look | undefined): ComparedStatement {
  const [one] = compareLooks(before, after, SURROUNDINGS).statements;
  if (one === undefined) throw new Error('it was left out');
  return one;
}

const verdict = (before: Series, after: Series): string =>
  compared(lookAt(statement(before)), lookAt(statement(after))).verdict;

const scaled = (series: Series, by: number): Series => series.map((one) => one.map((time) => time * by));

/** Three arrivals, each around a time of its own. */
const samples = fc
  .array(fc.double({ min: 0.5, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 })
  .chain((levels) =>
    fc.tuple(
      ...levels.map((level) =>
        fc.array(
          fc.double({ min: 0.95, max: 1.05, noNaN: true }).map((noise) => level * noise),
          { minLength: 20, maxLength: 60 },
        ),
      ),
    ),
  );

describe('a statement', () => {
  it('that takes the same times is no different', () => {
    fc.assert(
      fc.property(samples, (series) => verdict(series, series) === 'no-difference'),
      { numRuns: 40 },
    );
  });

  it('that takes half as long again is slower, and the other way round faster', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 1.5, max: 20, noNaN: true }), (series, by) => {
        const longer = scaled(series, by);
        expect([verdict(series, longer), verdict(longer, series)]).toEqual(['slower', 'faster']);
      }),
      { numRuns: 40 },
    );
  });

  const TIMES = [Array.from({ length: 30 }, (_, n) => 1 + (n % 5) * 0.02)];

  it('may be slower only as the machine is', () => {
    const [before, after] = [lookAt(statement(TIMES)), lookAt(statement(scaled(TIMES, 1.6)), 0.08)];
    const one = compared(before, after);
    expect(one.verdict).toBe('no-difference');
    expect(one.ratio!.low).toBeLessThan(1.05);
    expect(compared(before, lookAt(statement(scaled(TIMES, 4)), 0.08)).verdict).toBe('slower');
  });

  it('that differs by a few microseconds is no different', () => {
    expect(verdict(scaled(TIMES, 0.05), scaled(TIMES, 0.09))).toBe('no-difference');
  });

  it('that was tried once is judged by its extremes', () => {
    expect(verdict([[1, 2, 1.5, 1.2, 1.1]], [[900]])).toBe('slower');
    expect(verdict([[1, 2, 1.5, 1.2, 1.1]], [[2.1]])).toBe('no-difference');
  });

  it('is compared on arrivals that were tried both times', () => {
    const after = statement([], { series: new Map([[0, scaled(TIMES, 1)[0]!]]) });
    const before = statement([TIMES[0]!, scaled(TIMES, 100)[0]!]);
    expect(compared(lookAt(before), lookAt(after)).verdict).toBe('no-difference');
  });

  const timedOut = statement([], { failure: { error: 'cancelled', message: 'canceling statement' } });

  it('that takes too long on one side needs no ratio', () => {
    const quick = lookAt(statement(TIMES));
    expect(compared(quick, lookAt(timedOut))).toMatchObject({
      verdict: 'slower',
      after: { kind: 'timed-out', limit: 2_000 },
    });
    expect(compared(lookAt(timedOut), quick).verdict).toBe('faster');
    expect(compared(lookAt(timedOut), lookAt(timedOut))).toMatchObject({
      verdict: 'not-comparable',
      reason: 'it takes longer than 2 s each time',
    });
  });

  it('that fails, is not reached, or was not tried again can not be compared, and says why', () => {
    const before = lookAt(statement(TIMES));
    const failing = { error: 'schema_drift', message: 'no column b' } as const;
    expect(compared(before, lookAt(statement([], { failure: failing })))).toMatchObject({
      verdict: 'not-comparable',
      reason: 'it fails: no column b',
      after: { kind: 'failed' },
    });
    expect(compared(before, lookAt(statement([], { stop: 'no column b' }))).reason).toBe(
      'its transaction does not come to it: no column b',
    );
    expect(compared(before, undefined)).toMatchObject({
      verdict: 'not-comparable',
      reason: 'the run ended before it was tried again',
    });
    const never = compareLooks(lookAt(statement([], { failure: failing })), before, SURROUNDINGS);
    expect(never.statements).toEqual([]);
    expect(never.leftOut).toMatchObject([{ transaction: 'order_page', reason: 'it fails: no column b' }]);
  });

  it('tells a changed plan and the new index in it', () => {
    const executed = (...nodes: Parameters<typeof plan>[1][]): ExecutedPlan => ({
      plan: plan(8, ...nodes),
      rows: 1,
      planning: ms(0.1),
      execution: ms(0.2),
      blocksHit: 4,
      blocksRead: 0,
    });
    const by = (one: ExecutedPlan) => lookAt(statement(TIMES, { executed: one }));
    const scan = executed(['Seq Scan', 'orders']);
    const index = executed(['Index Scan', 'orders', 'orders_new']);
    expect(compared(by(scan), by(index))).toMatchObject({
      planChanged: true,
      newIndexesUsed: ['orders_new'],
    });
    expect(compared(by(scan), by(scan))).toMatchObject({ planChanged: false, newIndexesUsed: [] });
  });
});
