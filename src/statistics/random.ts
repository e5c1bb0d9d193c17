/**
 * Addressed randomness: a value is a pure function of (seed, names, index, draw), never of what was drawn
 * before, so that any worker may compute any row (the idea of PDGF: Rabl et al., "A Data Generator for Cloud-Scale
 * Benchmarking", 2010). The mixer is the 32-bit finaliser of MurmurHash3.
 */
export interface RandomKey {
  readonly a: number;
  readonly b: number;
}

export function randomKey(seed: number, ...names: readonly (string | number)[]): RandomKey {
  let a = mix(seed >>> 0);
  let b = mix(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  for (const name of names) {
    for (const char of `${name}\u0000`) {
      const code = char.codePointAt(0) ?? 0;
      a = mix(a ^ code);
      b = mix((b + Math.imul(code, 0x85ebca6b)) | 0);
    }
  }
  return { a, b };
}

function mix(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The `draw`-th random word (0 … 2^32 − 1) at `index` (0 … 2^53 − 1). */
export function randomWord(key: RandomKey, index: number, draw: number): number {
  return wordOf(baseOf(key, index), key.b, draw);
}

/** What the words of one index have in common. */
function baseOf(key: RandomKey, index: number): number {
  const high = index < 4_294_967_296 ? 0 : Math.floor(index / 4_294_967_296);
  return (mix((index ^ key.a) >>> 0) + Math.imul(high + 1, 0x9e3779b1)) | 0;
}

function wordOf(base: number, b: number, draw: number): number {
  return mix(base ^ Math.imul(draw + 1, 0x9e3779b9) ^ b);
}

/** A cursor over the draws of one index: `at(index)`, then `next()` as often as needed. Never allocates. */
export class RandomDraws {
  readonly #key: RandomKey;
  readonly #b: number;
  #base = 0;
  #draw = 0;

  constructor(key: RandomKey) {
    this.#key = key;
    this.#b = key.b | 0;
  }

  at(index: number): this {
    this.#base = baseOf(this.#key, index);
    this.#draw = 0;
    return this;
  }

  /** 0 … 2^32 − 1. */
  word(): number {
    return wordOf(this.#base, this.#b, this.#draw++);
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    return (this.word() * 2_097_152 + (this.word() >>> 11)) / 9_007_199_254_740_992;
  }

  /** Uniform integer in [0, size). */
  below(size: number): number {
    return Math.floor(this.next() * size);
  }
}
