import { z } from 'zod';

import { queryPlan } from './aftermath.ts';
import { count, list, ms } from './shape.ts';

/* Each statement of the traffic alone on the quiet database, before the migration and after it. All that it did was rolled back. */

/** A plan that was executed once, by `EXPLAIN (ANALYZE, BUFFERS)`. */
export const executedPlan = z
  .object({
    plan: queryPlan,
    /** That the statement returned, of its whole plan. */
    rows: z.number(),
    planning: ms,
    execution: ms,
    /** Blocks that were among the shared buffers, and that were not. */
    blocksHit: count,
    blocksRead: count,
  })
  .readonly();
export type ExecutedPlan = z.infer<typeof executedPlan>;

export const statementTimes = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('measured'),
      /** Of one execution: the mean, over the arrivals, of each one's median; from sending it to its whole answer. */
      time: ms,
      executions: count,
      arrivals: count,
      /** Returned or changed by the first arrival. */
      rows: count,
      executed: executedPlan.optional(),
    })
    .readonly(),
  /** Longer than a statement may take here. */
  z.object({ kind: z.literal('timed-out'), limit: ms }).readonly(),
  z.object({ kind: z.literal('failed'), message: z.string() }).readonly(),
]);
export type StatementTimes = z.infer<typeof statementTimes>;

export const STATEMENT_VERDICTS = ['slower', 'faster', 'no-difference', 'not-comparable'] as const;
export type StatementVerdict = (typeof STATEMENT_VERDICTS)[number];

export const comparedStatement = z
  .object({
    workload: z.string(),
    transaction: z.string(),
    /** With `$1`, `$2`, … */
    statement: z.string(),
    before: statementTimes,
    /** Absent where the run ended before. */
    after: statementTimes.optional(),
    /** after / before; 95 of 100 resamples lie between low and high, and the drift of the machine is in it. */
    ratio: z.object({ ratio: z.number(), low: z.number(), high: z.number() }).readonly().optional(),
    verdict: z.enum(STATEMENT_VERDICTS),
    /** Why it can not be compared. */
    reason: z.string().optional(),
    /** Whether it was executed by another plan; absent where one of them is not known. */
    planChanged: z.boolean().optional(),
    /** Indexes of the migration that its plan uses. */
    newIndexesUsed: list(z.string()),
  })
  .readonly();
export type ComparedStatement = z.infer<typeof comparedStatement>;

export const statementBenchmark = z
  .object({
    /** How long the harness tried statements, each time. */
    duration: z.object({ before: ms, after: ms.optional() }).readonly(),
    /** A round trip for `SELECT 1` at both times: what it differs by is the machine's. */
    calibration: z.object({ before: ms, after: ms.optional() }).readonly(),
    statements: list(comparedStatement),
    leftOut: list(
      z
        .object({
          workload: z.string(),
          transaction: z.string(),
          statement: z.string(),
          reason: z.string(),
        })
        .readonly(),
    ),
  })
  .readonly();
export type StatementBenchmark = z.infer<typeof statementBenchmark>;
