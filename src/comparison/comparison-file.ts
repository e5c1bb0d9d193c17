import { z } from 'zod';

import { PHASES } from '../threshold/index.ts';

export const COMPARISON_SCHEMA_VERSION = 1;

/** What has to be the same on both sides, so that a difference says something about what was changed. */
export const ASPECTS = ['load', 'dataset', 'server', 'host'] as const;
export type Aspect = (typeof ASPECTS)[number];

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const count = z.number().int().nonnegative();
/** JSON knows no infinity. */
const duration = z.number().nullable().describe('milliseconds; null: without end');

export const CHANGE_VERDICTS = ['worse', 'better', 'no-difference', 'not-enough-data'] as const;
const changeVerdict = z.enum(CHANGE_VERDICTS);
export type ChangeVerdict = z.infer<typeof changeVerdict>;

export const COMPARISON_VERDICTS = [...CHANGE_VERDICTS, 'not-comparable'] as const;
export type ComparisonVerdict = (typeof COMPARISON_VERDICTS)[number];

/** One percentile of the response times of one transaction in one phase. */
const percentileChange = z
  .object({
    percent: z.number(),
    /** Of several runs the geometric mean of what each had. */
    before: duration.optional(),
    after: duration.optional(),
    /** after / before, and what it may truly be: all intervals of a comparison hold at once, 95 of 100 times. Absent where an end is missing. */
    ratio: z.object({ value: z.number(), low: z.number(), high: z.number() }).readonly().optional(),
    verdict: changeVerdict,
  })
  .readonly();
export type PercentileChange = z.infer<typeof percentileChange>;

const latencyChange = z
  .object({
    workload: z.string(),
    transaction: z.string(),
    phase: z.enum(PHASES),
    /** Completed arrivals of all runs. */
    completed: z.object({ before: count, after: count }).readonly(),
    percentiles: list(percentileChange),
    /** Shown, never judged: one arrival decides it. */
    longest: z.object({ before: duration, after: duration }).readonly(),
  })
  .readonly();
export type LatencyChange = z.infer<typeof latencyChange>;

export const FACT_KINDS = [
  'verdict',
  'failed',
  'dropped',
  'unfinished',
  'stall',
  'lock-wait',
  'lock-waits',
  'hold',
  'finding',
] as const;

/** What can not be noise, or hardly: counts, and the longest of its kind. */
const factChange = z
  .object({
    kind: z.enum(FACT_KINDS),
    /** `failed arrivals of place_order in the migration phase (lock_timeout)`. */
    subject: z.string(),
    /** runs: how many of a side had it; count: on average of a run; duration: milliseconds, the middle one of the runs. */
    unit: z.enum(['runs', 'count', 'duration']),
    before: z.number(),
    after: z.number(),
    verdict: z.enum(['worse', 'better', 'no-difference']),
  })
  .readonly();
export type FactChange = z.infer<typeof factChange>;

const side = z
  .object({
    scenario: z.string(),
    /** That were compared. */
    runs: list(z.object({ file: z.string(), startedAt: z.string(), verdict: z.string() }).readonly()),
    /** That were not: a measurement that can not be believed says nothing. */
    leftOut: list(z.object({ file: z.string(), why: z.string() }).readonly()),
  })
  .readonly();
export type ComparedSide = z.infer<typeof side>;

const disparity = z
  .object({
    aspect: z.enum(ASPECTS),
    sentence: z.string(),
    /** Compared all the same, as the caller wished. */
    allowed: z.boolean(),
  })
  .readonly();
export type Disparity = z.infer<typeof disparity>;

export const comparison = z
  .object({
    schemaVersion: z.literal(COMPARISON_SCHEMA_VERSION),
    verdict: z.enum(COMPARISON_VERDICTS),
    baseline: side,
    candidate: side,
    disparities: list(disparity),
    /** What differs and may: what was changed on purpose, mostly. */
    notes: list(z.string()),
    facts: list(factChange),
    latencies: list(latencyChange),
    method: z
      .object({
        /** Changes below either of them are no difference. */
        floor: z.object({ ratio: z.number(), milliseconds: z.number() }).readonly(),
        /** Percentiles that were judged; the intervals are so wide that all of them hold at once. */
        judged: count,
        /** By percentile: how many times wider than a single run shows its own noise to be. */
        restlessness: z.record(z.string(), z.number()),
      })
      .readonly(),
  })
  .readonly();

/** `comparison.json`. */
export type Comparison = z.infer<typeof comparison>;

export const comparisonJsonSchema = (): unknown => z.toJSONSchema(comparison, { io: 'input' });
