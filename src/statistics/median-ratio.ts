import type { RatioInterval } from './block-bootstrap.ts';
import { RandomDraws, type RandomKey } from './random.ts';

/** Times of the same case, one after the other. */
export type Series = readonly number[];

const RESAMPLES = 200;

/**
 * How many times as long the same cases take as they did; one series or more on each side, in the same order, none of them empty. What stands for a side is the mean
 * of its cases' medians, so that a case counts once however often it was tried. Times that follow each other are alike: runs of √n of them are drawn anew, not single
 * ones (H. R. Künsch, "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17(3), 1989). Same key, same interval.
 */
export function medianRatio(
  before: readonly Series[],
  after: readonly Series[],
  key: RandomKey,
): RatioInterval {
  const draws = new RandomDraws(key);
  const ratios = Array.from({ length: RESAMPLES }, (_, index) => {
    draws.at(index);
    const drawn = (side: readonly Series[]): number =>
      meanOfMedians(side.map((series) => redrawn(series, draws)));
    const then = drawn(before);
    return drawn(after) / then;
  }).sort((one, other) => one - other);
  const [then, now] = [meanOfMedians(before), meanOfMedians(after)];
  const at = (share: number): number => ratios[Math.round(share * (RESAMPLES - 1))] ?? 1;
  return { before: then, after: now, ratio: now / then, low: at(0.025), high: at(0.975) };
}

/** Never 0, so that it can divide. */
export function meanOfMedians(side: readonly Series[]): number {
  const sum = side.reduce((total, series) => total + median(series), 0);
  return Math.max(0.000_001, sum / side.length);
}

function median(series: Series): number {
  const sorted = Float64Array.from(series).sort();
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function redrawn(series: Series, draws: RandomDraws): Series {
  const length = Math.ceil(Math.sqrt(series.length));
  const blocks = Math.ceil(series.length / length);
  return Array.from({ length: blocks }, () => draws.below(series.length - length + 1))
    .flatMap((start) => series.slice(start, start + length))
    .slice(0, series.length);
}
