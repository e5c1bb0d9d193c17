import { describe, expect, it } from 'vitest';

import { LatencyHistogram, percentileRatio, RandomDraws, randomKey } from '#rooms/statistics/index.js';
import { milliseconds as ms } from '#rooms/units.js';

/** Seconds of log-normal latencies; each second is a little slower or faster as a whole, as real ones are. */
function seconds(count: number, median: number, seed: number): readonly LatencyHistogram[] {
  const draws = new RandomDraws(randomKey(seed, 'latencies'));
  return Array.from({ length: count }, (_, second) => {
    draws.at(second);
    const histogram = new LatencyHistogram();
    const mood = 1 + 0.2 * (draws.next() - 0.5);
    for (let n = 0; n < 60; n++) histogram.record(ms(median * mood * Math.exp(draws.next() - 0.5)));
    return histogram;
  });
}

const KEY = randomKey(1, 'test');

describe('the ratio of a percentile', () => {
  it('has an interval around it, the same each time', () => {
    const [before, after] = [seconds(10, 2, 1), seconds(10, 6, 2)];
    const found = percentileRatio(before, after, 50, KEY);
    expect(found.ratio).toBeCloseTo(found.after / found.before, 10);
    expect(found.low).toBeLessThanOrEqual(found.ratio);
    expect(found.high).toBeGreaterThanOrEqual(found.ratio);
    expect(found.low).toBeGreaterThan(2.4);
    expect(found.high).toBeLessThan(3.6);
    expect(percentileRatio(before, after, 50, KEY)).toEqual(found);
  });

  it('of equal loads has 1 in its interval nearly always', () => {
    const runs = Array.from({ length: 40 }, (_, n) =>
      percentileRatio(seconds(10, 3, n), seconds(10, 3, n + 1_000), 95, KEY),
    );
    const sure = runs.filter(({ low, high }) => low > 1 || high < 1);
    // 5 of 100 by construction, more because ten blocks are few.
    expect(sure.length).toBeLessThan(10);
    expect(runs.every(({ low }) => low < 1.2)).toBe(true);
  });

  it('knows one block of each as it is', () => {
    const [before, after] = [seconds(1, 1, 1), seconds(1, 4, 2)];
    const { ratio, low, high } = percentileRatio(before, after, 95, KEY);
    expect([low, high]).toEqual([ratio, ratio]);
  });
});
