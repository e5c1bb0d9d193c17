import type { RandomDraws } from './random.ts';

/**
 * Draws an index with probability proportional to its weight, in constant time (alias method: M. D. Vose, IEEE
 * TSE 17(9), 1991). Weights are finite, not negative, and not all zero.
 */
export function weightedSampler(weights: readonly number[]): (draws: RandomDraws) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = weights.map((weight) => (weight * weights.length) / total);
  const alias = weights.map((_, index) => index);
  const small = [...share.keys()].filter((index) => at(share, index) < 1);
  const large = [...share.keys()].filter((index) => at(share, index) >= 1);
  for (
    let less = small.pop(), more = large.at(-1);
    less !== undefined && more !== undefined;
    less = small.pop(), more = large.at(-1)
  ) {
    alias[less] = more;
    share[more] = at(share, more) - (1 - at(share, less));
    if (at(share, more) < 1) {
      large.pop();
      small.push(more);
    }
  }
  // What is left is 1 but for rounding.
  for (const index of [...small, ...large]) alias[index] = index;
  return (draws) => {
    const index = draws.below(share.length);
    return draws.next() < at(share, index) ? index : at(alias, index);
  };
}

const at = (list: readonly number[], index: number): number => list[index] ?? 0;
