import { normalQuantile } from '../statistics/index.ts';

/** One percentile of one transaction in one phase, on both sides; each list has an entry for each run. */
export interface Sample {
  /** Natural logarithms of milliseconds. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Standard deviations within each run, of the logarithm; of both sides. */
  readonly spreads: readonly number[];
}

/** A change on the scale of logarithms, and how far it may be off. */
export interface Estimate {
  readonly change: number;
  readonly margin: number;
}

/**
 * What one run can not show: with the same load and code, runs differ by more than the seconds within a run make one expect. Of 36 runs of three scenarios on a busy machine
 * of 2 cores, pairs differed by 1.5 to 3 times the spread within them; and by 2 % more than that where it is next to nothing.
 */
const LEAST_RESTLESS = 1.5;
/** Beyond it everything together has changed, which a change of the server does as well as a change of the machine. */
const MOST_RESTLESS = 3;
const BETWEEN_RUNS = 0.02;
/**
 * Of 9,504 pairs of percentiles of identical runs none differed by more than this factor, and 29 by more than 6. A stall of a few seconds is one event, but its blocks drawn anew make
 * a run look as if it could as well have had none.
 */
const MOST_NOISE = Math.log(8);
/** Runs that the expectation above is worth, beside those that there are. */
const EXPECTATION_WORTH = 6;
/** All intervals of a comparison hold at once, 95 of 100 times (C. E. Bonferroni, 1936). */
const ERROR_RATE = 0.05;

/**
 * How restless the runs were: observed variance over the variance within runs, of the middle one of all transactions and phases, as a factor on the
 * spread (R. T. Birge, "The Calculation of Errors by the Method of Least Squares", Physical Review 40, 1932). With one run a side the sides stand for two
 * runs of the same, as most transactions are; with more of them the runs of a side are held against each other.
 */
export function restlessness(samples: readonly Sample[]): number {
  const ratios = samples
    .map((sample) => {
      const { variance, freedom } = observed(sample);
      return variance / medianOfChiSquare(freedom) / (withinRuns(sample) + BETWEEN_RUNS ** 2);
    })
    .sort((one, other) => one - other);
  const middle = Math.sqrt(ratios[Math.floor(ratios.length / 2)] ?? 0);
  return Math.min(MOST_RESTLESS, Math.max(LEAST_RESTLESS, middle));
}

/** `among`: how many changes are judged together. */
export function estimate(sample: Sample, factor: number, among: number): Estimate {
  const { before, after } = sample;
  const expected = factor ** 2 * withinRuns(sample) + BETWEEN_RUNS ** 2;
  const freedom = before.length + after.length - 2;
  const seen = freedom === 0 ? 0 : observed(sample).variance;
  // Expected and seen variance, by what each is worth (moderated t; G. K. Smyth, 2004).
  const variance = (EXPECTATION_WORTH * expected + freedom * seen) / (EXPECTATION_WORTH + freedom);
  const error = Math.sqrt(variance * (1 / before.length + 1 / after.length));
  const quantile = -normalQuantile(ERROR_RATE / 2 / Math.max(1, among));
  // The expectation alone is taken as known: that is how its numbers were found.
  const width = freedom === 0 ? quantile : studentQuantile(quantile, EXPECTATION_WORTH + freedom);
  return { change: mean(after) - mean(before), margin: Math.min(MOST_NOISE, error * width) };
}

/** Student's t for the same probability as a normal quantile (E. A. Cornish and R. A. Fisher, 1937). */
const studentQuantile = (z: number, freedom: number): number =>
  z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);

const withinRuns = ({ spreads }: Sample): number => mean(spreads.map((spread) => spread ** 2));

/** Of one run's value: within the sides, or between them where there is one run on each. */
function observed({ before, after }: Sample): { readonly variance: number; readonly freedom: number } {
  const freedom = before.length + after.length - 2;
  if (freedom === 0) return { variance: (mean(after) - mean(before)) ** 2 / 2, freedom: 1 };
  return { variance: (squares(before) + squares(after)) / freedom, freedom };
}

function squares(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

/** Divided by its degrees of freedom, true to 1 % (E. B. Wilson and M. M. Hilferty, 1931; exact for one). */
const medianOfChiSquare = (freedom: number): number =>
  freedom === 1 ? 0.4549 : (1 - 2 / (9 * freedom)) ** 3;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
