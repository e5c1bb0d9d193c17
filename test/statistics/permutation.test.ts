import fc from 'fast-check';
import { expect, it } from 'vitest';

import { permutation, randomKey } from '#rooms/statistics/index.js';

it('is a bijection of every size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.maxSafeNat(), (size, seed) => {
      const permute = permutation(size, randomKey(seed, 'hot'));
      const images = Array.from({ length: size }, (_, index) => permute(index));
      expect(images.toSorted((one, other) => one - other)).toEqual([...images.keys()]);
    }),
  );
});

it('stays in range and keeps values apart up to 2^52', () => {
  const size = fc.integer({ min: 2, max: 2 ** 52 });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (most, one, other) => {
      fc.pre(one % most !== other % most);
      const permute = permutation(most, randomKey(1, 'wide'));
      const [first, second] = [permute(one % most), permute(other % most)];
      expect(first).not.toBe(second);
      for (const image of [first, second])
        expect(Number.isInteger(image) && image >= 0 && image < most).toBe(true);
    }),
  );
});

it('takes neighbours apart', () => {
  const permute = permutation(1_000_000, randomKey(42, 'hot', 'orders'));
  const hottest = Array.from({ length: 100 }, (_, rank) => permute(rank)).toSorted(
    (one, other) => one - other,
  );
  const gaps = hottest.slice(1).map((row, index) => row - hottest[index]!);
  // 100 rows at random in a million: a gap below 50 is due in 0.5 % of the cases.
  expect(gaps.filter((gap) => gap < 50).length).toBeLessThan(5);
});

it('is another one for another key', () => {
  const [one, other] = ['a', 'b'].map((name) => permutation(1_000, randomKey(1, name)));
  const same = Array.from({ length: 1_000 }, (_, index) => index).filter(
    (index) => one!(index) === other!(index),
  );
  expect(same.length).toBeLessThan(20);
});
