import type { LatencyHistogram } from './histogram.ts';
import { RandomDraws, type RandomKey } from './random.ts';

const RESAMPLES = 200;

/**
 * How far percentiles of latencies would lie from where they are if the same seconds had come in another mixture: the standard deviation of the
 * natural logarithm of each, over resamples of whole blocks (moving-block idea of H. R. Künsch, Annals of Statistics 17(3), 1989). What changes from
 * one run to the next is not in it. Same key, same spread; 0 for a single block.
 */
export function percentileSpread(
  blocks: readonly LatencyHistogram[],
  percents: readonly number[],
  key: RandomKey,
): readonly number[] {
  const buckets = sortedBuckets(blocks);
  const draws = new RandomDraws(key);
  const logs: number[][] = percents.map(() => []);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const weights = drawWeights(draws.at(resample), blocks.length);
    const ranks = ranksOf(percents, blocks, weights);
    valuesAt(ranks, buckets, weights).forEach((value, place) => logs[place]?.push(Math.log(value)));
  }
  return logs.map(standardDeviation);
}

interface Bucket {
  readonly value: number;
  readonly block: number;
  readonly count: number;
}

function sortedBuckets(blocks: readonly LatencyHistogram[]): readonly Bucket[] {
  const buckets: Bucket[] = [];
  blocks.forEach((histogram, block) => {
    // Never 0, so that it has a logarithm.
    histogram.forEachBucket((value, count) => buckets.push({ value: Math.max(0.001, value), block, count }));
  });
  return buckets.sort((one, other) => one.value - other.value);
}

/** How often each block was drawn, of as many draws as there are blocks. */
function drawWeights(draws: RandomDraws, blocks: number): Uint32Array {
  const weights = new Uint32Array(blocks);
  for (let n = 0; n < blocks; n++) {
    const drawn = draws.below(blocks);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
  return weights;
}

function ranksOf(
  percents: readonly number[],
  blocks: readonly LatencyHistogram[],
  weights: Uint32Array,
): readonly number[] {
  const total = blocks.reduce((sum, { count }, block) => sum + count * (weights[block] ?? 0), 0);
  return percents.map((percent) => Math.max(1, Math.ceil((percent / 100) * total - 1e-6)));
}

/** The values at ascending ranks, in one walk. */
function valuesAt(
  ranks: readonly number[],
  buckets: readonly Bucket[],
  weights: Uint32Array,
): readonly number[] {
  const values: number[] = [];
  let seen = 0;
  for (const { value, block, count } of buckets) {
    seen += count * (weights[block] ?? 0);
    while (values.length < ranks.length && seen >= (ranks[values.length] ?? Infinity)) values.push(value);
  }
  return values;
}

function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
