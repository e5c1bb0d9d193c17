import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LatencyHistogram } from '#rooms/statistics/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const HOUR = 3_600_000;
const latency = fc.double({ min: 0.001, max: HOUR, noNaN: true });
const latencies = fc.array(latency, { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(ms(value));
  return histogram;
}

describe('a histogram of latencies', () => {
  it('has percentiles true to 0.1 %, or to the microsecond that it counts in', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(1, 10, 50, 90, 99, 99.9, 100), (values, percent) => {
        const sorted = values.toSorted((one, other) => one - other);
        const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
        const found = histogramOf(values).percentile(percent);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(0.001, exact * 0.001));
      }),
    );
  });

  it('knows count, maximum and mean exactly', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const histogram = histogramOf(values);
        const sum = values.reduce((total, value) => total + value, 0);
        expect(histogram.count).toBe(values.length);
        expect(histogram.max).toBe(Math.max(...values));
        expect(histogram.mean).toBeCloseTo(sum / values.length, 6);
      }),
    );
  });

  it('has no percentile above its maximum', () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 100, noNaN: true }), (values, percent) => {
        const histogram = histogramOf(values);
        expect(histogram.percentile(percent)).toBeLessThanOrEqual(histogram.max);
      }),
    );
  });

  it('survives being written and read', () => {
    fc.assert(
      fc.property(fc.array(latency, { maxLength: 50 }), (values) => {
        const histogram = histogramOf(values);
        const read = LatencyHistogram.decode(histogram.encode());
        expect(read.encode()).toEqual(histogram.encode());
        expect([read.count, read.max, read.mean]).toEqual([histogram.count, histogram.max, histogram.mean]);
        expect(read.percentile(99)).toBe(histogram.percentile(99));
      }),
    );
  });

  it('says nothing happened where nothing did', () => {
    const histogram = new LatencyHistogram();
    expect([histogram.count, histogram.max, histogram.mean, histogram.percentile(99)]).toEqual([0, 0, 0, 0]);
    expect(histogram.encode()).toEqual({ hdr: '', max: 0, sum: 0 });
  });

  it('clips what is negative or longer than an hour', () => {
    const histogram = histogramOf([-5, 2 * HOUR]);
    expect([histogram.count, histogram.max, histogram.percentile(1)]).toEqual([2, HOUR, 0.001]);
  });

  it('refuses a text that is none', () => {
    expect(() => LatencyHistogram.decode({ hdr: 'bm90IGEgaGlzdG9ncmFt', max: 1, sum: 1 })).toThrow(
      expect.objectContaining({ code: 'file.invalid' }),
    );
  });
});

describe('merging', () => {
  it('gives the histogram of all values, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(latency, { maxLength: 40 }), { maxLength: 4 }), (parts) => {
        const merge = (lists: readonly number[][]) => {
          const merged = new LatencyHistogram();
          for (const part of lists) merged.add(histogramOf(part));
          return merged;
        };
        const whole = histogramOf(parts.flat());
        for (const merged of [merge(parts), merge(parts.toReversed())]) {
          expect(merged.count).toBe(whole.count);
          expect(merged.max).toBe(whole.max);
          for (const percent of [1, 50, 99, 100])
            expect(merged.percentile(percent)).toBe(whole.percentile(percent));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the other histogram as it was', () => {
    const other = histogramOf([1, 2, 3]);
    const before = other.encode();
    new LatencyHistogram().add(other);
    expect(other.encode()).toEqual(before);
  });
});
