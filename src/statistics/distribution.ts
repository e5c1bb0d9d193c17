import type { RandomDraws } from './random.ts';

/** How likely each of `size` ranks is, most likely rank first. */
export type Distribution =
  | { readonly kind: 'uniform' }
  /** P(rank k) ∝ 1 / k^exponent. */
  | { readonly kind: 'zipfian'; readonly exponent: number }
  /** Share of the range that one mean covers is 1 / rate: rank ∝ e^(−rate · k / size), as pgbench's random_exponential. */
  | { readonly kind: 'exponential'; readonly rate: number }
  /** Middle ranks most likely; ±`spread` standard deviations cover the range, as pgbench's random_gaussian. */
  | { readonly kind: 'gaussian'; readonly spread: number };

/** Draws a rank from 0 to size − 1. */
export type RankSampler = (draws: RandomDraws) => number;

export function rankSampler(distribution: Distribution, size: number): RankSampler {
  switch (distribution.kind) {
    case 'uniform':
      return (draws) => draws.below(size);
    case 'zipfian':
      return zipfian(size, distribution.exponent);
    case 'exponential':
      return exponential(size, distribution.rate);
    case 'gaussian':
      return gaussian(size, distribution.spread);
  }
}

/**
 * Rejection-inversion for monotone discrete distributions: W. Hörmann, G. Derflinger, ACM TOMACS 6(3), 1996.
 * Constant time for every size, any exponent above 0.
 */
function zipfian(size: number, exponent: number): RankSampler {
  const integral = (x: number): number => {
    const log = Math.log(x);
    return expRatio((1 - exponent) * log) * log;
  };
  const density = (x: number): number => Math.exp(-exponent * Math.log(x));
  const inverse = (x: number): number => {
    const t = Math.max(-1, x * (1 - exponent));
    return Math.exp(logRatio(t) * x);
  };
  const low = integral(1.5) - 1;
  const high = integral(size + 0.5);
  const shortcut = 2 - inverse(integral(2.5) - density(2));
  return (draws) => {
    for (;;) {
      const u = high + draws.next() * (low - high);
      const x = inverse(u);
      const rank = Math.min(size, Math.max(1, Math.round(x)));
      if (rank - x <= shortcut || u >= integral(rank + 0.5) - density(rank)) return rank - 1;
    }
  };
}

/** (e^x − 1) / x, exact near 0. */
const expRatio = (x: number): number => (Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + x / 2);
/** ln(1 + x) / x, exact near 0. */
const logRatio = (x: number): number => (Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x / 2);

function exponential(size: number, rate: number): RankSampler {
  const cut = 1 - Math.exp(-rate);
  return (draws) => Math.min(size - 1, Math.floor((-Math.log(1 - cut * draws.next()) / rate) * size));
}

function gaussian(size: number, spread: number): RankSampler {
  return (draws) => {
    for (;;) {
      const z = standardNormal(draws);
      if (Math.abs(z) < spread) return Math.min(size - 1, Math.floor(((z + spread) / (2 * spread)) * size));
    }
  };
}

/** Box–Muller. */
export function standardNormal(draws: RandomDraws): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draws.next()));
  return radius * Math.cos(2 * Math.PI * draws.next());
}

/** Mean 1: the gap between two arrivals of a Poisson process of rate 1. */
export function standardExponential(draws: RandomDraws): number {
  return -Math.log(1 - draws.next());
}
