import { randomWord, type RandomKey } from './random.ts';

/**
 * A bijection of [0, size) onto itself: a four-round Feistel network over the next even number of bits, walked
 * until the value is in range (Black & Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). Expected number
 * of walks is below 4. Size up to 2^52.
 */
export function permutation(size: number, key: RandomKey): (index: number) => number {
  const halfBits = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2));
  const radix = 2 ** halfBits;
  const mask = radix - 1;
  const once = (index: number): number => {
    let left = Math.floor(index / radix);
    // Not by the remainder: above 2^31 that is a call into the C library.
    let right = index - left * radix;
    for (let round = 0; round < ROUNDS; round++) {
      const next = (left ^ randomWord(key, right, round)) & mask;
      left = right;
      right = next;
    }
    return left * radix + right;
  };
  return (index) => {
    let value = once(index);
    while (value >= size) value = once(value);
    return value;
  };
}

const ROUNDS = 4;
