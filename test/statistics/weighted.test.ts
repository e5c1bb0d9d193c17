import fc from 'fast-check';
import { expect, it } from 'vitest';

import { RandomDraws, randomKey, weightedSampler } from '#rooms/statistics/index.js';

import { fits, tally } from './chi-square.ts';

const DRAWS = 100_000;

it.each([
  [[1]],
  [[1, 1]],
  [[40, 20, 15, 10, 8, 4, 3]],
  [[0.001, 1_000, 0.001]],
  [[0, 5, 0, 5]],
  [[1e-9, 1e-9, 2e-9]],
])('draws indices in the proportions of %j', (weights) => {
  const draws = new RandomDraws(randomKey(3, 'mix'));
  const pick = weightedSampler(weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  expect(
    fits(
      tally(weights.length, DRAWS, (index) => pick(draws.at(index))),
      weights.map((weight) => (weight / total) * DRAWS),
    ),
  ).toBe(true);
});

it('never draws what has no weight', () => {
  const weights = fc
    .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })), {
      minLength: 1,
      maxLength: 30,
    })
    .filter((list) => list.some((weight) => weight > 0));
  fc.assert(
    fc.property(weights, fc.nat(), (list, index) => {
      const drawn = weightedSampler(list)(new RandomDraws(randomKey(1, 'zero')).at(index));
      expect(list[drawn]).toBeGreaterThan(0);
    }),
    { numRuns: 1_000 },
  );
});
