import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parameterSamplers, type ParameterDraw } from '#rooms/plan/index.js';
import type { ResolvedColumn } from '#rooms/dataset/index.js';

import { fits, tally } from '../statistics/chi-square.ts';
import { transaction } from './sample.ts';

const ROWS = 10_000;

/** Values 1 … ROWS, as an identity column. */
const COLUMN: ResolvedColumn = {
  table: 'orders',
  name: 'id',
  type: { kind: 'int8' },
  rows: ROWS,
  seed: 1,
  nullFrac: 0,
  layout: { kind: 'independent' },
  generator: { kind: 'sequence', start: 1, step: 1 },
  asked: { nullFrac: 0, nDistinct: undefined, correlation: undefined, unique: true },
};

const key = (changes: Partial<ParameterDraw & { kind: 'key' }> = {}): ParameterDraw => ({
  kind: 'key',
  column: COLUMN,
  distribution: { kind: 'zipfian', exponent: 1.1 },
  latest: false,
  hotSet: 'orders',
  ...changes,
});

function sampler(draw: ParameterDraw, { seed = 42, of = 'a', name = 'p', workload = 'main' } = {}) {
  const owner = transaction(of, { parameters: [{ name, draw }] });
  return parameterSamplers(owner, { ...MAIN, name: workload }, seed)[0]!;
}

const MAIN = { name: 'main', index: 0, count: 1, connections: 4 };

const first = (draw: ParameterDraw, where: Parameters<typeof sampler>[1] = {}) => {
  const sample = sampler(draw, where);
  return Array.from({ length: 50 }, (_, slot) => sample(slot));
};

/** Keys by how often they are drawn, most often first. */
function hottest(draw: ParameterDraw, where: Parameters<typeof sampler>[1] = {}): readonly number[] {
  const sample = sampler(draw, where);
  const counts = tally(ROWS + 1, 50_000, (slot) => Number(sample(slot)));
  return [...counts.keys()].toSorted((one, other) => counts[other]! - counts[one]!);
}

describe('keys', () => {
  it('are existing values of the column', () => {
    const sample = sampler(key());
    fc.assert(
      fc.property(fc.nat(), (slot) => {
        const value = Number(sample(slot));
        expect(Number.isInteger(value) && value >= 1 && value <= ROWS).toBe(true);
      }),
    );
  });

  it('are the same for the same seed and slot, in any worker and any order', () => {
    const [one, other] = [sampler(key()), sampler(key())];
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (slot, before) => {
        other(before);
        expect(one(slot)).toBe(other(slot));
      }),
    );
  });

  it.each([
    ['seed', { seed: 43 }],
    ['transaction', { of: 'b' }],
    ['parameter', { name: 'q' }],
    ['workload', { workload: 'jobs' }],
  ])('are others for another %s', (_, where) => {
    expect(first(key(), where)).not.toEqual(first(key()));
  });

  it('that are hot are not neighbours', () => {
    const rows = hottest(key())
      .slice(0, 20)
      .toSorted((one, other) => one - other);
    const gaps = rows.slice(1).map((row, index) => row - rows[index]!);
    // 20 rows at random among 10,000: two next to each other are due once in 25 runs.
    expect(gaps.filter((gap) => gap === 1).length).toBeLessThan(2);
  });

  it('that are hot are hot for every transaction on the table', () => {
    const [one, other] = [hottest(key()), hottest(key(), { of: 'b', name: 'q' })];
    expect(other.slice(0, 3)).toEqual(one.slice(0, 3));
  });

  it('drawn latest first favour the last rows', () => {
    expect(hottest(key({ latest: true })).slice(0, 3)).toEqual([ROWS, ROWS - 1, ROWS - 2]);
  });

  it('drawn uniformly come alike', () => {
    const sample = sampler(key({ distribution: { kind: 'uniform' } }));
    const counts = tally(10, 50_000, (slot) => Math.floor((Number(sample(slot)) - 1) / (ROWS / 10)));
    expect(fits(counts, new Array<number>(10).fill(5_000))).toBe(true);
  });

  it('of a column with NULLs may be NULL', () => {
    const sample = sampler(key({ column: { ...COLUMN, nullFrac: 0.5 }, distribution: { kind: 'uniform' } }));
    const nulls = Array.from({ length: 1_000 }, (_, slot) => sample(slot)).filter((value) => value === null);
    expect(nulls.length).toBeGreaterThan(400);
    expect(nulls.length).toBeLessThan(600);
  });
});

it('whole numbers come alike between both ends', () => {
  const sample = sampler({ kind: 'int', low: -2, high: 3, distribution: { kind: 'uniform' }, spread: false });
  const counts = tally(6, 60_000, (slot) => Number(sample(slot)) + 2);
  expect(fits(counts, new Array<number>(6).fill(10_000))).toBe(true);
});

it('listed values come by their weights', () => {
  const values = ['card', 'paypal', 'invoice'];
  const sample = sampler({ kind: 'values', values, weights: [80, 15, 5] });
  expect(
    fits(
      tally(3, 10_000, (slot) => values.indexOf(sample(slot) ?? '')),
      [8_000, 1_500, 500],
    ),
  ).toBe(true);
});

it('uuids have the form of RFC 9562 version 4, and are all different', () => {
  const sample = sampler({ kind: 'uuid' });
  const drawn = Array.from({ length: 10_000 }, (_, slot) => sample(slot));
  for (const uuid of drawn)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(drawn).size).toBe(drawn.length);
});

describe('a sequence', () => {
  it('is the number of the arrival', () => {
    expect(first({ kind: 'sequence', first: 0 }).slice(0, 3)).toEqual(['0', '1', '2']);
  });

  it('never gives the same number to two workloads', () => {
    const owner = transaction('a', { parameters: [{ name: 'p', draw: { kind: 'sequence', first: 0 } }] });
    const drawn = [0, 1, 2].flatMap((index) => {
      const sample = parameterSamplers(owner, { ...MAIN, name: `w${index}`, index, count: 3 }, 42)[0]!;
      return Array.from({ length: 100 }, (_, slot) => sample(slot));
    });
    expect(new Set(drawn).size).toBe(300);
  });
});

describe('a zipfian range', () => {
  const SIZE = 1_000;
  const zipfian: ParameterDraw = {
    kind: 'int',
    low: 1,
    high: SIZE,
    distribution: { kind: 'zipfian', exponent: 1.07 },
    spread: true,
  };
  const COUNT = 200_000;
  const sample = sampler(zipfian);
  const counts = tally(SIZE + 1, COUNT, (slot) => Number(sample(slot))).slice(1);
  const ranked = [...counts.keys()].toSorted((one, other) => counts[other]! - counts[one]!);

  it('is drawn as theory says: P(rank k) ∝ 1 / k^1.07', () => {
    const weights = Array.from({ length: SIZE }, (_, rank) => 1 / (rank + 1) ** 1.07);
    const sum = weights.reduce((total, one) => total + one, 0);
    // Ranks by their counts: which of two near ones is ahead is chance, so they are taken together, more and more.
    const classes = [1, 2, 4, 8, 16, 32, 64, 128, 256, SIZE];
    const between = (values: readonly number[], index: number) =>
      values.slice(classes[index - 1] ?? 0, classes[index]).reduce((total, one) => total + one, 0);
    const sorted = ranked.map((key) => counts[key]!);
    expect(
      fits(
        classes.slice(0, 6).map((_, index) => between(sorted, index)),
        classes.slice(0, 6).map((_, index) => (between(weights, index) / sum) * COUNT),
      ),
    ).toBe(true);
  });

  it('has hot keys that are no neighbours', () => {
    const hot = ranked.slice(0, 10).toSorted((one, other) => one - other);
    const gaps = hot.slice(1).map((key, index) => key - hot[index]!);
    // 10 of 1,000 at random: a pair of neighbours is due once in 11 runs, two pairs once in 250.
    expect(gaps.filter((gap) => gap === 1).length).toBeLessThan(2);
  });
});

it('a range that is not spread has its likeliest values in the middle, or at its low end', () => {
  const drawn = (
    distribution: { kind: 'gaussian'; spread: number } | { kind: 'exponential'; rate: number },
  ) => {
    const sample = sampler({ kind: 'int', low: 1, high: 9, distribution, spread: false });
    return tally(10, 10_000, (slot) => Number(sample(slot))).slice(1);
  };
  const bell = drawn({ kind: 'gaussian', spread: 3 });
  expect(bell.indexOf(Math.max(...bell))).toBe(4);
  const falling = drawn({ kind: 'exponential', rate: 3 });
  expect(falling).toEqual(falling.toSorted((one, other) => other - one));
});

it('decimals have the digits of their range and come alike between both ends', () => {
  const sample = sampler({ kind: 'decimal', low: 0, high: 0.09, digits: 2 });
  const counts = tally(10, 10_000, (slot) => Math.round(Number(sample(slot)) * 100));
  expect(sample(0)).toMatch(/^0\.0\d$/);
  expect(fits(counts, new Array<number>(10).fill(1_000))).toBe(true);
});

it('keys that were sampled are drawn as keys of a dataset are', () => {
  const values = Array.from({ length: 100 }, (_, index) => `k${index}`);
  const distribution = { kind: 'zipfian', exponent: 1.2 } as const;
  const pool = { kind: 'pool', values, distribution, hotSet: 't' } as const;
  const newest = first({ ...pool, latest: true });
  expect(newest.filter((key) => key === 'k99').length).toBeGreaterThan(5);
  expect(values).toEqual(expect.arrayContaining(first({ ...pool, latest: false })));
});

it('a client is one of as many as there are connections, and the seed is the seed', () => {
  expect(first({ kind: 'client' }).slice(0, 5)).toEqual(['0', '1', '2', '3', '0']);
  expect(first({ kind: 'seed' }, { seed: 7 })[0]).toBe('7');
});

it('there is one sampler a parameter, in their order', () => {
  const parameters = [
    { name: 'a', draw: { kind: 'values', values: ['1'], weights: [1] } },
    { name: 'b', draw: { kind: 'values', values: ['2'], weights: [1] } },
  ] as const;
  expect(parameterSamplers(transaction('t', { parameters }), MAIN, 1).map((sample) => sample(0))).toEqual([
    '1',
    '2',
  ]);
});
