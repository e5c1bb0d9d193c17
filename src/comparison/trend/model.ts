import { z } from 'zod';

import { VERDICTS } from '../../result/index.ts';

/* How the key figures of scenarios went over their reports; `rehearse trend --json` writes it, `schemas/trend.schema.json` is generated from here. */

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const moment = z.iso.datetime();

/** null: nothing was measured. */
export const figureValue = z.union([z.number(), z.literal('no end'), z.null()]);
export type FigureValue = z.infer<typeof figureValue>;

export const trendRun = z
  .object({
    startedAt: moment,
    report: z.string().describe('path of report.json, as given'),
    verdict: z.enum(VERDICTS),
    /** The figures of other runs count for no change: they were not measured to the end, or can not be believed. */
    believable: z.boolean(),
    /** Of the scenario, since the run before; absent: nothing. The load stays the same within a segment. */
    edited: list(z.enum(['migration', 'statements'])).optional(),
    /** Ids of the open findings that are more than an information. */
    findings: list(z.string()),
  })
  .readonly();
export type TrendRun = z.infer<typeof trendRun>;

/** Of every figure more is worse. */
export const figureTrend = z
  .object({
    /** `migration.order_page.p99`. */
    id: z.string(),
    /** `p99 of order_page in the migration phase`. */
    title: z.string(),
    unit: z.enum(['milliseconds', 'count']),
    values: list(figureValue).describe('one of each run, in their order'),
  })
  .readonly();
export type FigureTrend = z.infer<typeof figureTrend>;

export const figureChange = z
  .object({
    figure: z.string().describe('id'),
    title: z.string(),
    unit: figureTrend.unwrap().shape.unit,
    direction: z.enum(['worse', 'better']),
    at: moment.describe('start of the first run after the change'),
    run: z.number().int().nonnegative().describe('which run that is, from 0'),
    /** Medians from the change before to this one, and from this one to the next. */
    before: figureValue,
    after: figureValue,
  })
  .readonly();
export type FigureChange = z.infer<typeof figureChange>;

export const verdictChange = z
  .object({
    at: moment,
    run: z.number().int().nonnegative(),
    from: z.enum(VERDICTS),
    to: z.enum(VERDICTS),
  })
  .readonly();
export type VerdictChange = z.infer<typeof verdictChange>;

/** Runs that can be compared: same load, dataset, scale, seed and major version of the server. */
export const trendSegment = z
  .object({
    scenarioHash: z
      .string()
      .describe('of its load; of the whole scenario where a report of an older version tells no more'),
    datasetHash: z.string(),
    scale: z.number(),
    seed: z.number(),
    serverMajor: z.number().int().optional(),
    /** What is different from the segment before; empty for the first. */
    because: list(z.enum(['load', 'dataset', 'scale', 'seed', 'server'])),
    runs: list(trendRun),
    figures: list(figureTrend),
    changes: list(figureChange).describe('in the order of time'),
    verdicts: list(verdictChange),
  })
  .readonly();
export type TrendSegment = z.infer<typeof trendSegment>;

export const scenarioTrend = z
  .object({ name: z.string(), segments: list(trendSegment).describe('in the order of their first runs') })
  .readonly();
export type ScenarioTrend = z.infer<typeof scenarioTrend>;

export const trend = z
  .object({
    schemaVersion: z.literal(1),
    scenarios: list(scenarioTrend),
    skipped: list(z.object({ file: z.string(), why: z.string() }).readonly()),
  })
  .readonly();
export type Trend = z.infer<typeof trend>;

export const trendJsonSchema = (): unknown => z.toJSONSchema(trend, { io: 'input' });
