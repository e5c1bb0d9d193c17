import { z } from 'zod';

import { lockMode, sessionLabel } from './locks.ts';
import { count, list, ms, size } from './shape.ts';

export const statementLock = z
  .object({
    relation: z.string(),
    mode: lockMode,
    /** Time from asking to getting; 0 where it was free. */
    waited: ms,
    /** From granted to the end of the transaction. */
    held: ms,
    /** When it was granted, since the run's origin. */
    grantedAt: ms,
    /** exact: read in the migration's own session; sampled: seen by the observer, ± its interval. */
    source: z.enum(['exact', 'sampled']),
  })
  .readonly();
export type StatementLock = z.infer<typeof statementLock>;

export const relationWork = z.object({ relation: z.string(), bytes: size, rows: count }).readonly();
export type RelationWork = z.infer<typeof relationWork>;

/** What the server said to the session, without its log lines. */
export const serverNotice = z
  .object({ severity: z.string(), sqlState: z.string(), message: z.string() })
  .readonly();
export type ServerNotice = z.infer<typeof serverNotice>;

/** Why a table was written anew, in PostgreSQL's own classes (event_trigger.h, AT_REWRITE_*). */
export const REWRITE_REASONS = ['persistence', 'column-default', 'column-type', 'access-method'] as const;

export const rewrite = relationWork
  .unwrap()
  /** As the server told it; absent where nobody asked, or it was no ALTER TABLE. */
  .extend({ reasons: list(z.enum(REWRITE_REASONS)).optional() })
  .readonly();
export type Rewrite = z.infer<typeof rewrite>;

/** A command that changed the schema, as it ran inside a statement: there may be many in a function, a DO block or a script. */
export const ddlCommand = z
  .object({
    /** `ALTER TABLE`. */
    tag: z.string(),
    /** What it was about; empty where that is not known, as when it failed. */
    object: z.string(),
    /** As its function sent it; absent where it is the statement itself or a part of a script. */
    text: z.string().optional(),
    startedAt: ms,
    duration: ms,
    /** For locks, as far as the server timed it. */
    waiting: ms,
    /** Those that it added to what its transaction held. */
    locks: list(z.object({ relation: z.string(), mode: lockMode }).readonly()),
    rewritten: list(z.string()),
    scanned: list(z.string()),
    /** False: it failed, and with it the statement. */
    completed: z.boolean(),
  })
  .readonly();
export type DdlCommand = z.infer<typeof ddlCommand>;

/** A phase of an index build as pg_stat_progress_create_index names it (manual, 27.4.4): seen by the observer, ± its interval. */
export const indexPhase = z
  .object({
    phase: z.string(),
    startedAt: ms,
    duration: ms,
    /** Sessions that it had to wait for, one after the other, and how many of them were gone when it was last seen. */
    lockers: z.object({ total: count, done: count }).readonly().optional(),
    /** For whom it was seen waiting, and for how long. */
    waitedFor: list(z.object({ session: sessionLabel, duration: ms }).readonly()),
  })
  .readonly();
export type IndexPhase = z.infer<typeof indexPhase>;

export const statementResult = z
  .object({
    text: z.string(),
    /** Statements of a step with the same number were committed, or rolled back, together. */
    transaction: count.optional(),
    startedAt: ms,
    /** waiting + working. */
    duration: ms,
    waiting: ms,
    working: ms,
    locks: list(statementLock),
    /** New heap files: the table was written anew. Sizes after. */
    rewritten: list(rewrite),
    /** Read from end to end by the statement itself. */
    scanned: list(relationWork),
    /** Written by the whole server meanwhile, the traffic's included. */
    walBytes: size,
    notices: list(serverNotice),
    /** Absent where the server could not be made to tell them. */
    commands: list(ddlCommand).optional(),
    /** Of CREATE INDEX and REINDEX, as far as they lasted long enough to be seen. */
    phases: list(indexPhase).optional(),
    error: z.object({ sqlState: z.string().optional(), message: z.string() }).readonly().optional(),
  })
  .readonly();
export type StatementResult = z.infer<typeof statementResult>;

export const stepOutcome = z.enum(['applied', 'failed', 'interrupted', 'not-run']);
export type StepOutcome = z.infer<typeof stepOutcome>;

/** One try at a step (or at one statement of a step without a transaction). */
export const attempt = z
  .object({
    startedAt: ms,
    duration: ms,
    /** undefined: succeeded. */
    sqlState: z.string().optional(),
    message: z.string().optional(),
    /** For locks. */
    waited: ms.optional(),
    /** The lock that it waited for longest, as far as the server told of it or somebody looked. */
    lock: z.object({ lockType: z.string(), relation: z.string(), mode: z.string() }).readonly().optional(),
    /** Who stood in its way. */
    behind: sessionLabel.optional(),
    /** Arrivals that waited because of it, and the longest of them. */
    impact: z.object({ waited: count, longestWait: ms }).readonly().optional(),
  })
  .readonly();
export type Attempt = z.infer<typeof attempt>;

export const backfillResult = z
  .object({ table: z.string(), batches: count, rows: count, slowestBatch: ms })
  .readonly();

/** What the traffic suffered from one step. */
export const stepImpact = z
  .object({
    /** Arrivals whose time overlaps the step. */
    arrivals: count,
    /** Of them, how many waited for a lock of the step, or for a connection held by one that did. */
    waited: count,
    longestWait: ms,
    /** Longest time without any completion that began during the step. */
    longestStall: ms,
  })
  .readonly();
export type StepImpact = z.infer<typeof stepImpact>;

export const stepResult = z
  .object({
    name: z.string(),
    kind: z.enum(['sql', 'backfill', 'command']),
    /** First statement, backfill's UPDATE, or the command line, as the reader knows it. */
    title: z.string(),
    outcome: stepOutcome,
    startedAt: ms,
    duration: ms,
    lockTimeout: ms.optional(),
    attempts: list(attempt),
    statements: list(statementResult),
    /** Short ones that are not listed, so that the file stays readable. */
    statementsLeftOut: count.optional(),
    /** Backends of sessions that a command did not end; they are closed with the step. */
    sessionsLeft: list(count).optional(),
    /** A command that was to work in the run's database, and never came there. */
    neverConnected: z.literal(true).optional(),
    backfill: backfillResult.optional(),
    /** Last lines that a command printed. */
    output: z.string().optional(),
    impact: stepImpact,
    error: z
      .object({
        sqlState: z.string().optional(),
        message: z.string(),
        statement: z.string().optional(),
        /** What a broken constraint was about, as the server names it. */
        constraint: z.string().optional(),
        relation: z.string().optional(),
        column: z.string().optional(),
        /** `Key (email)=(a@example.com) is duplicated.`; never a whole row. */
        detail: z.string().optional(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export type StepResult = z.infer<typeof stepResult>;

export const migrationResult = z
  .object({ startedAt: ms, duration: ms, outcome: stepOutcome, steps: list(stepResult) })
  .readonly();
export type MigrationResult = z.infer<typeof migrationResult>;

export const LEFTOVER_KINDS = [
  'invalid-index',
  /** Not even kept up to date by writes. */
  'not-ready-index',
  'unvalidated-constraint',
  'disabled-trigger',
  'idle-transaction',
  /** Of a command that has ended. */
  'session',
  'prepared-transaction',
  /* What a migration that was not applied as a whole has added. */
  'unfinished-table',
  'unfinished-column',
  'unfinished-trigger',
  /** Something that belongs to the whole server is different: by the migration, or by others meanwhile. */
  'cluster-change',
] as const;

export const leftover = z
  .object({ kind: z.enum(LEFTOVER_KINDS), name: z.string(), relation: z.string() })
  .readonly();
export type Leftover = z.infer<typeof leftover>;

export const partitioned = z
  .object({
    count,
    /** Of the first twelve; none where they are partitioned themselves. */
    names: list(z.string()),
    hasDefault: z.boolean(),
  })
  .readonly();
export type Partitioned = z.infer<typeof partitioned>;

export const relationState = z
  .object({
    name: z.string(),
    rows: count,
    heapBytes: size,
    totalBytes: size,
    partitioned: partitioned.optional(),
  })
  .readonly();
export type RelationState = z.infer<typeof relationState>;

export const relationChange = z
  .object({ name: z.string(), before: relationState.optional(), after: relationState.optional() })
  .readonly();
