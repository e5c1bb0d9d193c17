import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  RandomDraws,
  randomKey,
  rankSampler,
  standardExponential,
  standardNormal,
  type Distribution,
} from '#rooms/statistics/index.js';

import { fits, tally } from './chi-square.ts';

const DRAWS = 200_000;

const drawsAt = (name: string) => {
  const draws = new RandomDraws(randomKey(42, name));
  return (index: number) => draws.at(index);
};

function ranks(distribution: Distribution, size: number): number[] {
  const at = drawsAt(`${distribution.kind} ${size}`);
  const rank = rankSampler(distribution, size);
  return tally(size, DRAWS, (index) => rank(at(index)));
}

/** Expected counts from weights that need not sum up to 1. */
function due(size: number, weight: (rank: number) => number): number[] {
  const weights = Array.from({ length: size }, (_, rank) => weight(rank));
  const total = weights.reduce((sum, one) => sum + one, 0);
  return weights.map((one) => (one / total) * DRAWS);
}

/** Cumulative standard normal (Abramowitz & Stegun 26.2.17, error below 1e-7). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) *
    t *
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
  return x < 0 ? tail : 1 - tail;
}

describe('drawn ranks fit their theory', () => {
  it.each([1, 2, 7, 1_000])('uniform over %i', (size) => {
    expect(
      fits(
        ranks({ kind: 'uniform' }, size),
        due(size, () => 1),
      ),
    ).toBe(true);
  });

  it.each([
    [0.5, 1_000],
    [0.99, 1_000],
    [1, 1_000],
    [1.1, 1_000],
    [1.1, 2],
    [2.5, 50],
    [1, 1],
  ])('zipfian with exponent %d over %i', (exponent, size) => {
    const weights = due(size, (rank) => (rank + 1) ** -exponent);
    expect(fits(ranks({ kind: 'zipfian', exponent }, size), weights)).toBe(true);
  });

  it.each([
    [3, 100],
    [2, 9],
    [5, 1_000],
  ])('gaussian with spread %d over %i', (spread, size) => {
    const edge = (rank: number) => normal((rank / size) * 2 * spread - spread);
    const weights = due(size, (rank) => edge(rank + 1) - edge(rank));
    expect(fits(ranks({ kind: 'gaussian', spread }, size), weights)).toBe(true);
  });

  it.each([
    [5, 100],
    [1, 10],
    [20, 1_000],
  ])('exponential with rate %d over %i', (rate, size) => {
    const weights = due(size, (rank) => Math.exp((-rate * rank) / size));
    expect(fits(ranks({ kind: 'exponential', rate }, size), weights)).toBe(true);
  });

  it('and the test would notice another exponent', () => {
    const weights = due(1_000, (rank) => (rank + 1) ** -1.12);
    expect(fits(ranks({ kind: 'zipfian', exponent: 1.1 }, 1_000), weights)).toBe(false);
  });
});

it('a rank is a whole number of the range, whatever the size', () => {
  const distribution = fc.oneof(
    fc.constant<Distribution>({ kind: 'uniform' }),
    fc
      .double({ min: 0.01, max: 5, noNaN: true })
      .map((exponent): Distribution => ({ kind: 'zipfian', exponent })),
    fc
      .double({ min: 0.1, max: 50, noNaN: true })
      .map((rate): Distribution => ({ kind: 'exponential', rate })),
    fc
      .double({ min: 0.5, max: 10, noNaN: true })
      .map((spread): Distribution => ({ kind: 'gaussian', spread })),
  );
  fc.assert(
    fc.property(distribution, fc.integer({ min: 1, max: 1e9 }), fc.nat(), (shape, size, index) => {
      const rank = rankSampler(shape, size)(drawsAt('range')(index));
      expect(Number.isInteger(rank) && rank >= 0 && rank < size).toBe(true);
    }),
  );
});

it('standard normal draws fall into the shares of the normal curve', () => {
  const at = drawsAt('normal');
  const edges = [-2, -1, -0.5, 0, 0.5, 1, 2];
  const shares = [...edges, Infinity].map(
    (edge, index) => normal(edge) - normal(edges[index - 1] ?? -Infinity),
  );
  const counts = tally(shares.length, DRAWS, (index) => {
    const z = standardNormal(at(index));
    return edges.filter((edge) => z >= edge).length;
  });
  expect(
    fits(
      counts,
      shares.map((share) => share * DRAWS),
    ),
  ).toBe(true);
});

it('standard exponential draws are memoryless, with mean 1', () => {
  const at = drawsAt('exponential');
  const shares = Array.from(
    { length: 8 },
    (_, index) => Math.exp(-index) - (index === 7 ? 0 : Math.exp(-index - 1)),
  );
  const counts = tally(8, DRAWS, (index) => Math.min(7, Math.floor(standardExponential(at(index)))));
  expect(
    fits(
      counts,
      shares.map((share) => share * DRAWS),
    ),
  ).toBe(true);
});
