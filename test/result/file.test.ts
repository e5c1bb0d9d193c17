import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import { readReport, writeReport, type LockWait, type TransactionResult } from '#rooms/result/index.js';
import { LatencyHistogram } from '#rooms/statistics/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { latencies, resultOf, REWRITE, session, transaction, wait } from './sample.ts';

const values = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { maxLength: 40 });

const transactions: fc.Arbitrary<TransactionResult> = fc
  .record({
    name: fc.string(),
    phase: fc.constantFrom('warmup' as const, 'baseline' as const, 'migration' as const, 'recovery' as const),
    response: values,
    failedByClass: fc.record({ deadlock: fc.nat(), other: fc.nat() }, { requiredKeys: [] }),
    inFlight: fc.nat({ max: 5 }),
    neverStarted: fc.nat({ max: 5 }),
  })
  .map(({ name, phase, failedByClass, ...rest }) => ({ ...transaction(name, phase, rest), failedByClass }));

const waits: fc.Arbitrary<LockWait> = fc
  .record({
    for: fc.double({ min: 0, max: 1e6, noNaN: true }),
    relation: fc.string(),
    step: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
    query: fc.string(),
  })
  .map(({ query, ...rest }) => wait({ ...rest, root: session('other', 'psql', query) }));

describe('the report file', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.array(transactions, { maxLength: 4 }),
        fc.array(waits, { maxLength: 4 }),
        (some, lockWaits) => {
          const result = resultOf({ transactions: some, lockWaits });
          const report = { ...result, judgement: judge(result) };
          expect(readReport(writeReport(report), 'report.json')).toEqual(report);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says what is wrong, and where', () => {
    const text = writeReport(REWRITE).replace('"scale": 0.002', '"scale": "small"');
    expect(() => readReport(text, 'old/report.json')).toThrow(
      /old\/report\.json is not a report of schema version 1: dataset\.scale/,
    );
    expect(() => readReport('{', 'report.json')).toThrow(/is not JSON/);
  });
});

it('histograms of parts merge into the histogram of the whole', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const merged = LatencyHistogram.decode(latencies(a).histogram);
      merged.add(LatencyHistogram.decode(latencies(b).histogram));
      const whole = latencies([...a, ...b]);
      expect(merged.count).toBe(whole.count);
      expect(merged.max).toBe(whole.max);
      for (const percent of [1, 50, 90, 99, 100]) {
        expect(merged.percentile(percent)).toBe(LatencyHistogram.decode(whole.histogram).percentile(percent));
      }
      expect(merged.mean).toBeCloseTo(whole.mean, 6);
    }),
  );
});

it('a percentile is never above the exact maximum', () => {
  expect(latencies([6_900.4]).p99).toBe(ms(6_900.4));
});
