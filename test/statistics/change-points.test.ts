import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changePoints, RandomDraws, randomKey } from '#rooms/statistics/index.js';

/** Nights of 30 ms with 5 % noise, from `step` on 30 % slower. */
function nights(count: number, seed: number, step = count, factor = 1.3): readonly number[] {
  const draws = new RandomDraws(randomKey(seed, 'nights'));
  return Array.from({ length: count }, (_, night) => {
    draws.at(night);
    const normal = Math.sqrt(-2 * Math.log(1 - draws.next())) * Math.cos(2 * Math.PI * draws.next());
    return 30 * (night < step ? 1 : factor) * Math.exp(0.05 * normal);
  });
}

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const FLOOR = 2;

describe('change points', () => {
  it.each([10, 14, 30, 60])(
    '%i nights of noise are called changed at most five times in a hundred',
    (count) => {
      const alarms = SEEDS.filter((seed) => changePoints(nights(count, seed), FLOOR).length > 0);
      expect(alarms.length).toBeLessThanOrEqual(0.05 * SEEDS.length);
    },
  );

  it.each([
    [5, 10],
    [10, 14],
    [15, 18],
    [20, 40],
    [57, 60],
  ])('a step of 30 percent on night %i of %i is found within a night', (step, count) => {
    for (const factor of [1.3, 1 / 1.3]) {
      const found = SEEDS.filter((seed) =>
        changePoints(nights(count, seed, step, factor), FLOOR).some((at) => Math.abs(at - step) <= 1),
      );
      expect(found.length).toBeGreaterThan(0.85 * SEEDS.length);
    }
  });

  it('a regression that was mended ten nights later is found with both its ends', () => {
    const values = nights(60, 7, 25).map((value, night) => (night < 35 ? value : value / 1.3));
    expect(changePoints(values, FLOOR)).toEqual([25, 35]);
  });

  it('one or two wild nights are none, and hide none', () => {
    const wild = (night: number): boolean => night === 4 || night === 12;
    const steady = nights(20, 3).map((value, night) => (wild(night) ? value * 20 : value));
    expect(changePoints(steady, FLOOR)).toEqual([]);
    const stepped = nights(40, 3, 20).map((value, night) => (wild(night) ? value * 20 : value));
    expect(changePoints(stepped, FLOOR)).toEqual([20]);
  });

  it('counts that were always 0, and times without end, have a level as well', () => {
    expect(changePoints([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5], 1)).toEqual([9]);
    expect(changePoints([9, 9, 9, 9, 9, 9, 9, 9, 9, Infinity, Infinity, Infinity, Infinity], 1)).toEqual([9]);
  });

  it('are the same for the same values, ascending and inside the series', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 40 }), (values) => {
        const cuts = changePoints(values, FLOOR);
        expect(changePoints([...values], FLOOR)).toEqual(cuts);
        expect(cuts).toEqual([...new Set(cuts)].toSorted((one, other) => one - other));
        for (const cut of cuts) expect(cut > 0 && cut < values.length).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
