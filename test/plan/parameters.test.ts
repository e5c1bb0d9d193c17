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

function sampler(draw: ParameterDraw, { seed = 42, of = 'a', name = 'p' } = {}) {
  return parameterSamplers(transaction(of, { parameters: [{ name, draw }] }), seed)[0]!;
}

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
  const sample = sampler({ kind: 'int', low: -2, high: 3 });
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

it('a sequence is the number of the arrival', () => {
  expect(first({ kind: 'sequence' }).slice(0, 3)).toEqual(['0', '1', '2']);
});

it('there is one sampler a parameter, in their order', () => {
  const parameters = [
    { name: 'a', draw: { kind: 'int', low: 1, high: 1 } },
    { name: 'b', draw: { kind: 'int', low: 2, high: 2 } },
  ] as const;
  expect(parameterSamplers(transaction('t', { parameters }), 1).map((sample) => sample(0))).toEqual([
    '1',
    '2',
  ]);
});
