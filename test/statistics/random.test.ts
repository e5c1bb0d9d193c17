import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RandomDraws, randomKey, randomWord } from '#rooms/statistics/index.js';

import { fits, tally } from './chi-square.ts';

const words = (seed: number, ...names: (string | number)[]): number[] => {
  const key = randomKey(seed, ...names);
  return Array.from({ length: 8 }, (_, index) => randomWord(key, index, 0));
};

describe('a random stream', () => {
  it('is the same for the same seed and names, whatever was drawn before', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.array(fc.string()),
        fc.maxSafeNat(),
        fc.nat(50),
        (seed, names, index, before) => {
          const fresh = new RandomDraws(randomKey(seed, ...names));
          const used = new RandomDraws(randomKey(seed, ...names));
          for (let draw = 0; draw < before; draw++) used.at(index + draw).next();
          expect(used.at(index).next()).toBe(fresh.at(index).next());
        },
      ),
    );
  });

  it.each([
    ['another seed', words(2, 'orders', 'id')],
    ['another seed above 32 bits', words(1 + 2 ** 32, 'orders', 'id')],
    ['another name', words(1, 'orders', 'total')],
    ['another order of the names', words(1, 'id', 'orders')],
    ['names cut in another place', words(1, 'ordersi', 'd')],
    ['one name less', words(1, 'orders')],
  ])('differs in every word for %s', (_, others) => {
    const own = words(1, 'orders', 'id');
    expect(own.filter((word) => others.includes(word))).toEqual([]);
  });

  it('tells indices apart that agree in their low 32 bits', () => {
    const key = randomKey(1, 'a');
    expect(randomWord(key, 5, 0)).not.toBe(randomWord(key, 5 + 2 ** 32, 0));
  });

  it('starts again with every index', () => {
    const draws = new RandomDraws(randomKey(1, 'a'));
    const first = [draws.at(3).word(), draws.word(), draws.word()];
    expect([draws.at(3).word(), draws.word(), draws.word()]).toEqual(first);
    expect(new Set(first).size).toBe(3);
  });
});

describe('draws are evenly spread', () => {
  const SIZE = 64;
  const DRAWS = 128_000;
  const even = new Array<number>(SIZE).fill(DRAWS / SIZE);
  const draws = new RandomDraws(randomKey(7, 'even'));

  it('over the indices, first draw', () => {
    expect(
      fits(
        tally(SIZE, DRAWS, (index) => draws.at(index).below(SIZE)),
        even,
      ),
    ).toBe(true);
  });

  it('over the indices, second draw', () => {
    const second = (index: number) => {
      draws.at(index).next();
      return draws.below(SIZE);
    };
    expect(fits(tally(SIZE, DRAWS, second), even)).toBe(true);
  });

  it('within one index', () => {
    draws.at(0);
    expect(
      fits(
        tally(SIZE, DRAWS, () => draws.below(SIZE)),
        even,
      ),
    ).toBe(true);
  });

  it('over the names', () => {
    const named = (index: number) => new RandomDraws(randomKey(7, 'table', index)).at(0).below(SIZE);
    expect(fits(tally(SIZE, DRAWS, named), even)).toBe(true);
  });

  it('in pairs of neighbours', () => {
    const pair = (index: number) => draws.at(index).below(8) * 8 + draws.at(index + 1).below(8);
    expect(fits(tally(SIZE, DRAWS, pair), even)).toBe(true);
  });
});

it('a draw below a size is a whole number below it', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (index, size) => {
      const drawn = new RandomDraws(randomKey(1, 'below')).at(index).below(size);
      expect(Number.isInteger(drawn) && drawn >= 0 && drawn < size).toBe(true);
    }),
  );
});
