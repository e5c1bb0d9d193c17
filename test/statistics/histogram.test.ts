import { deflateSync, inflateSync } from 'node:zlib';

import fc from 'fast-check';
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
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

describe('beside the HdrHistogram library', () => {
  const settings = {
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HOUR * 1_000,
    numberOfSignificantValueDigits: 3,
  } as const;

  it('writes what the library reads, bucket by bucket', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const theirs = decodeFromCompressedBase64(histogramOf(values).encode().hdr);
        const known = build(settings);
        for (const value of values) known.recordValue(Math.max(1, Math.round(value * 1_000)));
        expect(theirs.totalCount).toBe(known.totalCount);
        for (const percent of [1, 10, 50, 90, 99, 99.9, 100])
          expect(theirs.getValueAtPercentile(percent)).toBe(known.getValueAtPercentile(percent));
      }),
    );
  });

  it('reads what the library writes', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const theirs = build(settings);
        for (const value of values) theirs.recordValue(Math.max(1, Math.round(value * 1_000)));
        const ours = histogramOf(values);
        const { max, sum } = ours.encode();
        const read = LatencyHistogram.decode({ hdr: encodeIntoCompressedBase64(theirs), max, sum });
        expect(read.encode()).toEqual(ours.encode());
      }),
    );
  });

  it('writes the header of the Java implementation: no offset, ratio 1', () => {
    const inner = inflateSync(Buffer.from(histogramOf([1]).encode().hdr, 'base64').subarray(8));
    expect(inner.subarray(0, 4).toString('hex')).toBe('1c849313');
    expect(inner.readInt32BE(8)).toBe(0);
    expect([inner.readBigInt64BE(16), inner.readBigInt64BE(24)]).toEqual([1n, 3_600_000_000n]);
    expect(inner.readDoubleBE(32)).toBe(1);
  });
});

describe('a packed histogram', () => {
  it('adds up to the same as its values, also in a histogram that was used before', () => {
    fc.assert(
      fc.property(latencies, latencies, (first, second) => {
        const used = histogramOf(first);
        used.reset();
        used.addPacked(histogramOf(first).pack());
        used.addPacked(histogramOf(second).pack());
        const whole = histogramOf([...first, ...second]);
        expect(used.encode().hdr).toBe(whole.encode().hdr);
        expect([used.count, used.max]).toEqual([whole.count, whole.max]);
        // The same values in another order of adding up.
        expect(used.mean / whole.mean).toBeCloseTo(1, 9);
      }),
    );
  });

  it('is not read where it is cut off', () => {
    const { hdr, max, sum } = histogramOf([5_000]).encode();
    expect(() => LatencyHistogram.decode({ hdr: cutOff(hdr), max, sum })).toThrow(
      expect.objectContaining({ code: 'file.invalid' }),
    );
  });
});

/** The same histogram without its last byte, compressed again. */
function cutOff(hdr: string): string {
  const inner = inflateSync(Buffer.from(hdr, 'base64').subarray(8));
  const shorter = Buffer.from(inner.subarray(0, -1));
  shorter.writeUInt32BE(inner.readUInt32BE(4) - 1, 4);
  shorter[shorter.length - 1] = 0x80;
  const deflated = deflateSync(shorter);
  const outer = Buffer.alloc(8);
  outer.writeUInt32BE(0x1c849314, 0);
  outer.writeUInt32BE(deflated.length, 4);
  return Buffer.concat([outer, deflated]).toString('base64');
}

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
