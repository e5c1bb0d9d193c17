import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fits, tally } from '../statistics/chi-square.ts';
import { evaluator } from './evaluate.ts';

const DRAWS = 100_000;

/** How often each of the values 11 … 10 + size was drawn. */
function drawn(
  text: string,
  size: number,
  variables: Readonly<Record<string, string>> = {},
): readonly number[] {
  const evaluate = evaluator(text, variables);
  return tally(size, DRAWS, (slot) => Number(evaluate(slot)) - 11);
}

const due = (size: number, weight: (rank: number) => number): readonly number[] => {
  const weights = Array.from({ length: size }, (_, rank) => weight(rank));
  const total = weights.reduce((sum, one) => sum + one, 0);
  return weights.map((one) => (one / total) * DRAWS);
};

/** Φ by its series (A. Marsaglia, Journal of Statistical Software 11(4), 2004). */
function normal(x: number): number {
  let sum = x;
  for (let term = x, n = 3; Math.abs(term) > 1e-16; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('what is drawn fits the formulas of the manual', () => {
  it('random', () => {
    expect(
      fits(
        drawn('random(11, 60)', 50),
        due(50, () => 1),
      ),
    ).toBe(true);
  });

  it('random_exponential', () => {
    const share = (i: number) => Math.exp((-3 * i) / 50) - Math.exp((-3 * (i + 1)) / 50);
    expect(fits(drawn('random_exponential(11, 60, 3)', 50), due(50, share))).toBe(true);
  });

  it('random_gaussian', () => {
    const edge = (i: number) => normal(2 * 2.5 * (i / 50 - 0.5));
    const share = (i: number) => edge(i + 1) - edge(i);
    expect(fits(drawn('random_gaussian(11, 60, 2.5)', 50), due(50, share))).toBe(true);
  });

  it('random_zipfian, with bounds that are variables', () => {
    const text = 'random_zipfian(:low, 6 * :low - 6, :s)';
    const counts = drawn(text, 50, { low: '11', s: '1.2' });
    expect(
      fits(
        counts,
        due(50, (rank) => (rank + 1) ** -1.2),
      ),
    ).toBe(true);
  });

  it('random over more than 2^53 values, of which the lowest bits are as random', () => {
    const evaluate = evaluator('random(-4611686018427387904, 4611686018427387902) & 15');
    const counts = tally(16, DRAWS, (slot) => Number(evaluate(slot)));
    expect(
      fits(
        counts,
        due(16, () => 1),
      ),
    ).toBe(true);
  });
});

describe('chance comes from the slot alone', () => {
  it('each use draws anew, the same slot draws the same', () => {
    const evaluate = evaluator('random(1, 1000000) * 1000000 + random(1, 1000000)');
    const first = Array.from({ length: 100 }, (_, slot) => evaluate(slot));
    expect(Array.from({ length: 100 }, (_, slot) => evaluate(99 - slot)).reverse()).toEqual(first);
    expect(new Set(first).size).toBe(100);
    expect(first.some((value) => BigInt(value!) / 1_000_000n === BigInt(value!) % 1_000_000n)).toBe(false);
  });

  it('every value is within its bounds, in the largest ranges as well', () => {
    // As many as pgbench takes: 2^63 − 1 values.
    const bound = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 2n });
    const call = fc.constantFrom(
      'random(:a, :b)',
      'random_exponential(:a, :b, 2)',
      'random_gaussian(:a, :b, 3)',
      'random_zipfian(:a, :b, 1.1)',
    );
    fc.assert(
      fc.property(call, bound, bound, fc.nat(), (text, one, other, slot) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        const value = evaluator(text, { a: String(low), b: String(high) })(slot) as bigint;
        expect(value >= low && value <= high).toBe(true);
      }),
    );
  });
});

describe('permute', () => {
  const permuted = (size: number, seed: string) =>
    Array.from({ length: size }, (_, index) =>
      Number(evaluator(`permute(:i, ${size}, ${seed})`, { i: String(index) })()),
    );

  it('is a bijection for every size and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.maxSafeInteger(), (size, seed) => {
        const all = permuted(size, String(seed)).toSorted((one, other) => one - other);
        expect(all).toEqual(Array.from({ length: size }, (_, index) => index));
      }),
      { numRuns: 20 },
    );
  });

  it('takes values modulo the size, negative ones as 64 bits without a sign', () => {
    const at = (index: string) => evaluator(`permute(${index}, 100, 7)`)();
    expect(at('142')).toBe(at('42'));
    expect(at('-1')).toBe(at('15'));
  });

  it('takes the seed of the run where none is given, and another seed orders otherwise', () => {
    expect(evaluator('permute(42, 1000000)')()).toBe(evaluator('permute(42, 1000000, 5432)')());
    expect(permuted(100, '1')).not.toEqual(permuted(100, '2'));
  });
});
