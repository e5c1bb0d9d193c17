import { describe, expect, it } from 'vitest';

import type { IntervalCell, Result } from '#rooms/result/index.js';

import { aftermathOf, alone } from '../result/aftermath.ts';
import { latencies, phase, resultOf, times } from '../result/sample.ts';
import { found, only } from './expecting.ts';

const NOTHING = latencies([]).histogram;

interface Load {
  readonly transaction?: string;
  readonly before: number;
  readonly after: number;
  /** A second. */
  readonly arrivals?: number;
}

/** Ten seconds of baseline from 0, five of recovery from 20 s; the first of them is slow in any case. */
function loaded(...loads: readonly Load[]): Result {
  const intervals = loads.flatMap(({ transaction = 'order_page', before, after, arrivals = 50 }) => {
    const second = (interval: number, name: IntervalCell['phase'], value: number): IntervalCell => ({
      interval,
      transaction,
      workload: 'main',
      phase: name,
      due: arrivals,
      completed: arrivals,
      failed: 0,
      dropped: 0,
      response: NOTHING,
      // One second is not like the other.
      service: latencies(times(arrivals, value * (1 + (interval % 3) * 0.1))).histogram,
      queueWait: NOTHING,
      dispatchLag: NOTHING,
    });
    return [
      ...Array.from({ length: 10 }, (_, n) => second(n, 'baseline', before)),
      second(20, 'recovery', after * 50),
      ...[21, 22, 23, 24].map((n) => second(n, 'recovery', after)),
    ];
  });
  return resultOf({
    intervals,
    phases: [
      phase('baseline', 0, 10_000),
      phase('migration', 10_000, 10_000),
      phase('recovery', 20_000, 5_000),
    ],
  });
}

describe('slower-after', () => {
  it('tells both percentiles with the range that the seconds allow', () => {
    const finding = only(loaded({ before: 2, after: 5 }), 'slower-after');
    expect(finding).toMatchObject({
      severity: 'warning',
      title: expect.stringMatching(
        /^order_page takes longer after the migration: p50 service time 2\.\d ×/,
      ) as string,
    });
    expect(finding.evidence).toEqual([
      expect.stringMatching(
        /^p50 service time 2\.2 ms in the baseline, 5 ms in the recovery \(2\.\d × to 3\.\d ×/,
      ),
      expect.stringMatching(/^p95 service time 2\.4 ms in the baseline, 6 ms in the recovery/),
      '500 arrivals before, 200 after',
    ]);
  });

  it('is dangerous where it is many times as long, and felt', () => {
    expect(only(loaded({ before: 5, after: 40 }), 'slower-after').severity).toBe('danger');
  });

  it('is only an information where all others are as slow: that is the machine', () => {
    const alike = loaded({ before: 2, after: 5 }, { transaction: 'place_order', before: 4, after: 10 });
    expect(found(alike, 'slower-after').map(({ severity }) => severity)).toEqual(['info', 'info']);
    const alone = loaded({ before: 2, after: 5 }, { transaction: 'place_order', before: 4, after: 4 });
    expect(only(alone, 'slower-after').severity).toBe('warning');
  });

  it('is only an information where the transaction uses nothing that the migration changed', () => {
    const tables = (...relations: readonly string[]) =>
      aftermathOf({ transactionTables: [{ workload: 'main', transaction: 'order_page', relations }] });
    const slow = loaded({ before: 2, after: 5 });
    // The sample's migration alters orders.
    expect(only({ ...slow, aftermath: tables('customers', 'orders') }, 'slower-after').severity).toBe(
      'warning',
    );
    const elsewhere = only({ ...slow, aftermath: tables('customers') }, 'slower-after');
    expect(elsewhere.severity).toBe('info');
    expect(elsewhere.evidence.at(-1)).toContain(
      'none of its statements uses a table that the migration changed',
    );
  });

  it('is certain where a statement is slower alone as well', () => {
    const alike = loaded({ before: 2, after: 5 }, { transaction: 'place_order', before: 4, after: 10 });
    const [certain, shared] = found({ ...alike, ...alone() }, 'slower-after');
    expect(certain).toMatchObject({ severity: 'warning' });
    expect(certain!.title).toContain('order_page');
    expect(certain!.evidence.at(-1)).toBe(
      'SELECT * FROM orders WHERE customer_id = $1 takes 2 ms alone where it took 0.2 ms (10 ×, 8.5 to 11 ×), by another plan',
    );
    expect(shared?.severity).toBe('info');
  });

  it('says where its statements alone are not slower', () => {
    const slow = { ...loaded({ before: 2, after: 5 }), ...alone({ verdict: 'no-difference' }) };
    expect(only(slow, 'slower-after')).toMatchObject({ severity: 'warning' });
    expect(only(slow, 'slower-after').evidence.at(-1)).toBe(
      'tried alone on the quiet database, none of its statements takes longer than before',
    );
  });

  it.each<[string, Load]>([
    ['as fast as before, but for what drained in the first second', { before: 2, after: 2 }],
    ['a little slower', { before: 10, after: 13 }],
    ['slower by less than a millisecond', { before: 0.2, after: 0.6 }],
    ['slower in too few arrivals to be sure', { before: 2, after: 9, arrivals: 5 }],
    ['faster', { before: 9, after: 2 }],
  ])('is none where it is %s', (_, load) => {
    expect(found(loaded(load), 'slower-after')).toEqual([]);
  });
});
