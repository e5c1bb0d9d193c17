import { z } from 'zod';

import { count, list } from './shape.ts';

/* What findings and comparison make of a result; kept in the same file, so that a report needs nothing else. */

export const SEVERITIES = ['danger', 'warning', 'info'] as const;
export const severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severity>;

export const finding = z
  .object({
    /** Stable: `table-rewrite`, `lock-queue`, … */
    id: z.string(),
    severity,
    /** Index of the migration step that it is about. */
    step: count.optional(),
    /** Index among the listed statements of that step of the one that did it, where that is known. */
    statement: count.optional(),
    relation: z.string().optional(),
    title: z.string(),
    /** Numbers of this very run, a sentence each. */
    evidence: list(z.string()),
    /** What it would be at scale 1, with the arithmetic; where the cost grows with the table. */
    estimate: z.string().optional(),
    /** Why it matters, in a sentence; absent in older files. */
    why: z.string().optional(),
    /** The safer way, for this table. */
    safer: z.string().optional(),
    manual: z.string().optional(),
    /** Why the scenario accepts it; it is still shown, but fails nothing. */
    accepted: z.string().optional(),
  })
  .readonly();
export type Finding = z.infer<typeof finding>;

export const thresholdOutcome = z
  .object({
    /** As written: `response_time{phase:migration,transaction:order_page} p(99) < 1s`. */
    rule: z.string(),
    default: z.boolean(),
    outcome: z.enum(['met', 'broken', 'no-data']),
    /** What was measured, for people: `6.9 s`. */
    measured: z.string(),
    limit: z.string(),
  })
  .readonly();
export type ThresholdOutcome = z.infer<typeof thresholdOutcome>;

export const validityRule = z
  .object({ rule: z.string(), held: z.boolean(), measured: z.string() })
  .readonly();
export type ValidityRule = z.infer<typeof validityRule>;

export const VERDICTS = [
  'pass',
  'fail',
  'invalid',
  'migration-failed',
  'target-failed',
  /** By the server or the harness, before anything was measured: a file asks for what can not be. */
  'refused',
  'interrupted',
  'harness-failed',
] as const;

export const judgement = z
  .object({
    verdict: z.object({ kind: z.enum(VERDICTS), exitCode: count, reasons: list(z.string()) }).readonly(),
    findings: list(finding),
    thresholds: list(thresholdOutcome),
    validity: list(validityRule),
  })
  .readonly();
export type Judgement = z.infer<typeof judgement>;
