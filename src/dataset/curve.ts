import type { Distribution } from '../statistics/index.ts';

import type { NumberShape } from './generator.ts';

/** Values of a number's shape from its shares, and shares from its values; `min` and `max` bound the uniform one. */
export interface Curve {
  /** The value below which the share u (0 < u < 1) of all values is. */
  readonly quantile: (u: number) => number;
  /** The share of the values below x. */
  readonly share: (x: number) => number;
}

export function curveOf(shape: NumberShape, min: number, max: number): Curve {
  switch (shape.kind) {
    case 'uniform':
    case 'ranked':
      return {
        quantile: (u) => min + u * (max - min),
        share: (x) => (max === min ? 0 : Math.min(1, Math.max(0, (x - min) / (max - min)))),
      };
    case 'gaussian':
      return {
        quantile: (u) => shape.mean + shape.deviation * normalQuantile(u),
        share: (x) => normalShare((x - shape.mean) / shape.deviation),
      };
    case 'log_normal':
      return {
        quantile: (u) => Math.exp(shape.mu + shape.sigma * normalQuantile(u)),
        share: (x) => (x <= 0 ? 0 : normalShare((Math.log(x) - shape.mu) / shape.sigma)),
      };
  }
}

/** Complementary error function to 1.2e-7 (Numerical Recipes, 6.2). */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = ERFC.reduceRight((sum, coefficient) => coefficient + t * sum, 0);
  const tail = (t * Math.exp(-x * x + series)) / 2;
  return z >= 0 ? 1 - tail : tail;
}

const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];

/** P. J. Acklam's rational approximation, relative error below 1.2e-9. */
function normalQuantile(u: number): number {
  if (u < TAIL) {
    const q = Math.sqrt(-2 * Math.log(u));
    return polynomial(C, q) / (polynomial(D, q) * q + 1);
  }
  if (u > 1 - TAIL) return -normalQuantile(1 - u);
  const q = u - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1);
}

const TAIL = 0.02425;
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

/** How likely each of `size` ranks is, up to a common factor. */
export function densities(distribution: Distribution, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, rank) => density(distribution, rank, size));
}

function density(distribution: Distribution, rank: number, size: number): number {
  switch (distribution.kind) {
    case 'uniform':
      return 1;
    case 'zipfian':
      return (rank + 1) ** -distribution.exponent;
    case 'exponential':
      return Math.exp((-distribution.rate * rank) / size);
    case 'gaussian':
      return Math.exp(-(((((rank + 0.5) / size) * 2 - 1) * distribution.spread) ** 2) / 2);
  }
}
