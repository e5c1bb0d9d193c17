import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Arrival, ArrivalOutcome } from '#rooms/traffic/arrival.js';
import { Recorder } from '#rooms/traffic/recorder.js';
import { LatencyHistogram } from '#rooms/statistics/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const NAMES = ['order_page', 'place_order'];
const PHASES = [
  { phase: 'warmup', at: ms(0) },
  { phase: 'baseline', at: ms(1_000) },
  { phase: 'migration', at: ms(3_000) },
] as const;

const recorder = () => new Recorder(NAMES, PHASES);

const failure = (changes: Partial<ArrivalOutcome & { kind: 'failed' }> = {}): ArrivalOutcome => ({
  kind: 'failed',
  class: 'lock_timeout',
  sqlState: '55P03',
  message: 'canceling statement due to lock timeout',
  statement: 'SELECT 1',
  ...changes,
});

/** What becomes of one arrival; times in milliseconds after each other. */
interface Fate {
  readonly at: number;
  readonly transaction: number;
  readonly lag: number;
  readonly end: 'completed' | 'failed' | 'in-flight' | 'never-started';
  readonly wait: number;
  readonly took: number;
}

const fates: fc.Arbitrary<readonly Fate[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 6_000 }),
    transaction: fc.integer({ min: 0, max: 1 }),
    lag: fc.integer({ min: 0, max: 30 }),
    end: fc.constantFrom('completed', 'failed', 'in-flight', 'never-started'),
    wait: fc.integer({ min: 0, max: 3_000 }),
    took: fc.integer({ min: 0, max: 3_000 }),
  }),
  { maxLength: 60 },
);

/** Plays the fates in the order of time, as the generator would. */
function play(history: readonly Fate[]) {
  const told = recorder();
  const events = history.flatMap((fate, slot) => {
    const { at, transaction, lag, end, wait, took } = fate;
    const phase = told.phases.of(ms(at));
    const arrival: Arrival = { slot, transaction, phase, at: ms(at), dispatchedAt: ms(at + lag) };
    const startedAt = ms(at + lag + wait);
    const endedAt = ms(startedAt + took);
    const outcome = end === 'completed' ? ({ kind: 'completed' } as const) : failure();
    return [
      { when: arrival.dispatchedAt, tell: () => told.dispatched(arrival) },
      ...(end === 'never-started' ? [] : [{ when: startedAt, tell: () => told.started(arrival, startedAt) }]),
      ...(end === 'completed' || end === 'failed'
        ? [{ when: endedAt, tell: () => told.ended(arrival, outcome, { startedAt, endedAt, pid: 1 }) }]
        : []),
    ];
  });
  // Stable: what belongs to one arrival stays in its order.
  for (const { tell } of events.toSorted((one, other) => one.when - other.when)) tell();
  return told.recording(ms(6_001), ms(Math.max(6_001, ...events.map(({ when }) => when))));
}

/** Each run builds some twenty histograms. */
const RUNS = { numRuns: 40 };

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

describe('whatever becomes of the arrivals', () => {
  it('each is accounted for exactly once', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { transactions } = play(history);
        for (const one of transactions) {
          expect(one.planned).toBe(one.completed + one.failed + one.inFlight + one.neverStarted);
          expect(one.failed).toBe(total(Object.values(one.failedByClass)));
          for (const count of [one.planned, one.completed, one.failed, one.inFlight, one.neverStarted])
            expect(count).toBeGreaterThanOrEqual(0);
        }
        expect(total(transactions.map(({ planned }) => planned))).toBe(history.length);
      }),
      RUNS,
    );
  });

  it('each is counted under its transaction, the phase of its intended start, and its fate', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { transactions } = play(history);
        const phaseOf = (at: number) => PHASES.findLast((phase) => phase.at <= at)!.phase;
        for (const { name, phase, completed, failed, inFlight, neverStarted } of transactions) {
          const own = history.filter(
            (fate) => NAMES[fate.transaction] === name && phaseOf(fate.at) === phase,
          );
          const ended = (end: Fate['end']) => own.filter((fate) => fate.end === end).length;
          expect([completed, failed, inFlight, neverStarted]).toEqual(
            (['completed', 'failed', 'in-flight', 'never-started'] as const).map(ended),
          );
        }
      }),
      RUNS,
    );
  });

  it('the histograms hold the times that they are meant to', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { transactions } = play(history);
        const completed = history.filter(({ end }) => end === 'completed');
        const merged = (of: 'response' | 'service' | 'queueWait' | 'dispatchLag') => {
          const whole = new LatencyHistogram();
          for (const one of transactions) whole.add(LatencyHistogram.decode(one[of].histogram));
          return whole;
        };
        const longest = (values: readonly number[]) => Math.max(0, ...values);
        expect(merged('response').count).toBe(completed.length);
        expect(merged('response').max).toBe(
          longest(completed.map(({ lag, wait, took }) => lag + wait + took)),
        );
        expect(merged('service').max).toBe(longest(completed.map(({ took }) => took)));
        expect(merged('queueWait').count).toBe(history.filter(({ end }) => end !== 'never-started').length);
        expect(merged('dispatchLag').count).toBe(history.length);
        expect(merged('dispatchLag').max).toBe(longest(history.map(({ lag }) => lag)));
      }),
      RUNS,
    );
  });

  it('the timeline tells of the same arrivals as the transactions', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { timeline, transactions } = play(history);
        expect(total(timeline.map(({ due }) => due))).toBe(history.length);
        expect(total(timeline.map(({ completed }) => completed))).toBe(
          total(transactions.map(({ completed }) => completed)),
        );
        expect(total(timeline.map(({ failed }) => failed))).toBe(
          total(transactions.map(({ failed }) => failed)),
        );
        expect(timeline.map(({ at }) => at)).toEqual(timeline.map((_, index) => index * 1_000));
      }),
      RUNS,
    );
  });

  it('an arrival stands in the second in which it was dispatched', () => {
    fc.assert(
      fc.property(fates, (history) => {
        for (const { at, due } of play(history).timeline)
          expect(due).toBe(
            history.filter((fate) => Math.floor((fate.at + fate.lag) / 1_000) * 1_000 === at).length,
          );
      }),
      RUNS,
    );
  });

  it('those that took 20 ms or more are kept one by one', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { slow, slowLeftOut } = play(history);
        const ended = history.filter(({ end }) => end === 'completed' || end === 'failed');
        expect(slow.length + slowLeftOut).toBe(
          ended.filter(({ lag, wait, took }) => lag + wait + took >= 20).length,
        );
      }),
      RUNS,
    );
  });

  it('stalls are kept from 50 ms on, and none is longer than the longest of the phases', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { phases, stalls } = play(history);
        const longest = Math.max(0, ...phases.map(({ longestStall }) => longestStall));
        for (const { duration } of stalls) {
          expect(duration).toBeGreaterThanOrEqual(50);
          expect(duration).toBeLessThanOrEqual(longest);
        }
      }),
      RUNS,
    );
  });
});

describe('errors', () => {
  it('are sampled once a kind, and counted', () => {
    const told = recorder();
    const arrival: Arrival = {
      slot: 0,
      transaction: 1,
      phase: 'migration',
      at: ms(3_500),
      dispatchedAt: ms(3_500),
    };
    const span = { startedAt: ms(3_500), endedAt: ms(3_501), pid: 1 };
    for (const outcome of [
      failure({ message: 'first' }),
      failure({ message: 'second' }),
      failure({ class: 'connection', sqlState: undefined, message: 'reset' }),
    ]) {
      told.dispatched(arrival);
      told.started(arrival, ms(3_500));
      told.ended(arrival, outcome, span);
    }
    const { errors, transactions } = told.recording(ms(4_000), ms(4_000));
    const common = { transaction: 'place_order', phase: 'migration', statement: 'SELECT 1' };
    expect(errors).toEqual([
      { ...common, class: 'lock_timeout', sqlState: '55P03', message: 'first', count: 2 },
      { ...common, class: 'connection', message: 'reset', count: 1 },
    ]);
    expect(transactions).toMatchObject([{ failed: 3, failedByClass: { lock_timeout: 2, connection: 1 } }]);
  });
});

it('transactions and phases without an arrival are left out', () => {
  expect(recorder().recording(ms(4_000), ms(4_000))).toMatchObject({ transactions: [], errors: [] });
});
