import type { Expectation, UnavoidableNulls } from '../dataset/index.ts';

import type { Compared, Interval } from './state-card.ts';

/** Rows that ANALYZE samples for each unit of the statistics target (analyze.c). */
const SAMPLED_PER_TARGET = 300;
const DEFAULT_TARGET = 100;

/** How the numbers of a table came about. */
export interface Measuring {
  readonly rows: number;
  /** Undefined: the server's default. */
  readonly statisticsTarget: number | undefined;
  /** Counted instead of sampled. */
  readonly exact: boolean;
}

/*
 * The default tolerances. What pg_stats says comes from a sample of 30,000 rows, so the limits of shares are five standard errors of
 * such a sample; the file's `expect` overrides each of them.
 *
 *   rows          none where they were counted (COPY counts them); 5 % of `reltuples`, which extrapolates from sampled pages
 *   all_visible   at least 98 % of the pages, less 64 pages a relation: a heap grows by more pages than it then needs
 *   dead tuples   a tenth of the share, and one point: ANALYZE extrapolates from sampled pages
 *   null_frac     5 standard errors; counted: 2 % of the share; both around what is asked and what is NULL beside it
 *   n_distinct    a factor of ten: the estimator was seven times too low for a skewed key; counted: 2 %
 *   correlation   0.02 and five standard errors; none below 1,000 rows
 *   avg_width     none
 */

export const limitsOfRows = (asked: number, counted: boolean): Interval =>
  counted ? around(asked, 0) : around(asked, asked * 0.05);

/** A heap grows by up to so many pages at once (hio.c, 16 and later); those without rows are not visible. */
const PAGES_AT_ONCE = 64;

export function limitsOfVisibility(
  deadTuples: number,
  { pages, relations }: { readonly pages: number; readonly relations: number },
): Interval | null {
  if (deadTuples > 0 || pages === 0) return null;
  return { min: Math.max(0, 0.98 - (PAGES_AT_ONCE * relations) / pages), max: 1 };
}

export const limitsOfDeadTuples = (asked: number): Interval =>
  within(0, around(asked, asked * 0.1 + 0.01), 1);

export function limitsOfNulls(
  asked: number,
  measuring: Measuring,
  unavoidable?: UnavoidableNulls,
): Interval | null {
  // Nobody asked; a NULL may still come from a reference or a constant.
  if (asked === 0) return null;
  const expected = shareOfNulls(asked, unavoidable);
  const error = 5 * standardError(expected, measuring);
  const tolerance = measuring.exact ? Math.max(asked * 0.02, error) : error;
  // NULLs are counted in whole rows.
  const rounding = 0.5 / Math.max(1, measuring.rows);
  return within(0, around(expected, tolerance + rounding + (unavoidable?.error ?? 0)), 1);
}

/** Which rows are drawn to be NULL does not depend on which can not be anything else. */
export const shareOfNulls = (asked: number, unavoidable: UnavoidableNulls | undefined): number =>
  asked + (1 - asked) * (unavoidable?.share ?? 0);

export function limitsOfDistinct(asked: number | null, { exact }: Measuring): Interval | null {
  if (asked === null) return null;
  return exact
    ? within(0, around(asked, Math.max(0.5, asked * 0.02)), Infinity)
    : { min: asked / 10, max: asked * 10 };
}

const FEWEST_FOR_CORRELATION = 1_000;

export function limitsOfCorrelation(asked: number | null, measuring: Measuring): Interval | null {
  if (asked === null || measuring.rows < FEWEST_FOR_CORRELATION) return null;
  return within(-1, around(asked, 0.02 + (5 * (1 - asked * asked)) / Math.sqrt(sampleOf(measuring))), 1);
}

/** Of a share of the sample. */
const standardError = (share: number, measuring: Measuring): number =>
  Math.sqrt((share * (1 - share)) / Math.max(1, sampleOf(measuring)));

function sampleOf({ rows, statisticsTarget = DEFAULT_TARGET, exact }: Measuring): number {
  // At target 0 nothing is sampled.
  return exact ? rows : Math.min(rows, Math.max(1, statisticsTarget) * SAMPLED_PER_TARGET);
}

const around = (value: number, by: number): Interval => ({ min: value - by, max: value + by });

/** Limits that no value can reach say nothing. */
const within = (least: number, { min, max }: Interval, most: number): Interval => ({
  min: Math.max(least, min),
  max: Math.min(most, max),
});

/** What the file's `expect` says; open ends become numbers, because JSON has no infinity. */
export function expectedLimits(expectation: Expectation | undefined): Interval | undefined {
  if (expectation === undefined) return undefined;
  return {
    min: Math.max(expectation.min, -Number.MAX_VALUE),
    max: Math.min(expectation.max, Number.MAX_VALUE),
  };
}

export const compared = (asked: number | null, got: number | null, allowed: Interval | null): Compared => ({
  asked,
  got,
  allowed,
});
