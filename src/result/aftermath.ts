import { z } from 'zod';

import { PHASES } from '../threshold/index.ts';

import { lockMode } from './locks.ts';
import { leftover } from './migration.ts';
import { count, list, ms, size } from './shape.ts';

/* What is different after the migration: the schema, what the traffic does to its tables, and how it is planned. */

export const SCHEMA_FACT_KINDS = [
  'table',
  'column',
  'constraint',
  'index',
  'trigger',
  'sequence',
  'view',
  'enum',
] as const;

/** One thing that the schema says. What partitions and children only inherit is their parent's. */
export const schemaFact = z
  .object({
    kind: z.enum(SCHEMA_FACT_KINDS),
    /** The table that it belongs to; empty where it belongs to none. */
    relation: z.string(),
    name: z.string(),
    /** In SQL, as the server shows it; states that SQL has no word for (`INVALID`, `DISABLED`) follow after it. */
    definition: z.string(),
  })
  .readonly();
export type SchemaFact = z.infer<typeof schemaFact>;

/** What was altered is removed as it was and added as it is. */
export const schemaChange = z.object({ change: z.enum(['removed', 'added']), fact: schemaFact }).readonly();
export type SchemaChange = z.infer<typeof schemaChange>;

/** What happened to a table; partitions count for their parent. */
export const tableActivity = z
  .object({
    relation: z.string(),
    seqScans: count,
    indexScans: count,
    inserted: count,
    updated: count,
    /** Of them, those that needed no entry in any index (manual, Heap-Only Tuples). */
    hotUpdated: count,
    deleted: count,
    /** Blocks of the table, its indexes and its TOAST that were not among the shared buffers, and that were. */
    blocksRead: count,
    blocksHit: count,
  })
  .readonly();
export type TableActivity = z.infer<typeof tableActivity>;

/**
 * By the server's own counters, which sessions bring up to date about once a second: work done close to a border may count
 * for the next phase.
 */
export const phaseActivity = z
  .object({
    phase: z.enum(PHASES),
    /** Between the two looks at the counters. */
    duration: ms,
    /** Of the whole server. */
    walBytes: size,
    /** Only those to which something happened. */
    tables: list(tableActivity),
  })
  .readonly();
export type PhaseActivity = z.infer<typeof phaseActivity>;

/** An index that was not there before, and is there at the end. */
export const newIndex = z
  .object({
    name: z.string(),
    relation: z.string(),
    definition: z.string(),
    method: z.string(),
    /** That it depends on: of its keys, its expressions, its predicate, and those that it includes. */
    columns: list(z.string()),
    unique: z.boolean(),
    valid: z.boolean(),
    /** The constraint that it backs. */
    constraint: z.string().optional(),
    /** Since it was built, whoever scanned it. */
    scans: count,
  })
  .readonly();
export type NewIndex = z.infer<typeof newIndex>;

export const planNode = z
  .object({
    /** 0 at the root. */
    depth: count,
    /** `Index Scan`, `Hash Join`, … */
    type: z.string(),
    relation: z.string().optional(),
    index: z.string().optional(),
  })
  .readonly();
export type PlanNode = z.infer<typeof planNode>;

/** Partitions and their indexes have the names of their parents, and those planned alike stand once. */
export const queryPlan = z.object({ nodes: list(planNode), cost: z.number() }).readonly();
export type QueryPlan = z.infer<typeof queryPlan>;

/** A statement of the traffic that is planned otherwise after the migration. Nothing was executed. */
export const planChange = z
  .object({
    workload: z.string(),
    transaction: z.string(),
    statement: z.string(),
    before: queryPlan,
    /** undefined: the server refuses the statement now. */
    after: queryPlan.optional(),
    /** Why it does. */
    error: z.string().optional(),
  })
  .readonly();
export type PlanChange = z.infer<typeof planChange>;

export const autovacuumCancelled = z
  .object({
    relation: z.string(),
    work: z.enum(['vacuum', 'analyze']),
    /** log: the server's own; observed: the migration waited for its lock for longer than `deadlock_timeout`. */
    source: z.enum(['log', 'observed']),
  })
  .readonly();
export type AutovacuumCancelled = z.infer<typeof autovacuumCancelled>;

/** Rows that stood in the way of a unique index, counted after it had failed. */
export const duplicateKeys = z
  .object({
    step: count,
    relation: z.string(),
    /** Columns and expressions, as the server writes them. */
    key: z.string(),
    /** Keys that occur more than once, and rows that have them. */
    keys: count,
    rows: count,
  })
  .readonly();
export type DuplicateKeys = z.infer<typeof duplicateKeys>;

export const rowChange = z
  .object({ relation: z.string(), inserted: count, updated: count, deleted: count })
  .readonly();
export type RowChange = z.infer<typeof rowChange>;

export const RERUN_OUTCOMES = ['unchanged', 'failed-cleanly', 'changed', 'left-half-done'] as const;

/** The migration run a second time, without traffic, after a first run that was applied. */
export const rerun = z
  .object({
    outcome: z.enum(RERUN_OUTCOMES),
    duration: ms,
    /** Of the step that failed. */
    error: z.string().optional(),
    step: count.optional(),
    changes: list(schemaChange),
    rows: list(rowChange),
    /** Tables that were written anew. */
    rewritten: list(z.string()),
    /** What only the second run left behind; also among the leftovers of the result. */
    leftovers: list(leftover),
  })
  .readonly();
export type Rerun = z.infer<typeof rerun>;

/** A lock on a table, and the statement that takes it. */
export const lockTaken = z.object({ relation: z.string(), mode: lockMode, statement: z.string() }).readonly();
export type LockTaken = z.infer<typeof lockTaken>;

/** As the statements, their plans and the foreign keys tell before the migration; nothing was executed for it. */
export const transactionLocks = z
  .object({
    workload: z.string(),
    transaction: z.string(),
    /** In the order in which they are taken, each once: one list for each way through its steps that takes more than one, from BEGIN to COMMIT. */
    ways: list(list(lockTaken)),
  })
  .readonly();
export type TransactionLocks = z.infer<typeof transactionLocks>;

export const aftermath = z
  .object({
    schemaChanges: list(schemaChange),
    activity: list(phaseActivity),
    newIndexes: list(newIndex),
    /** Columns that statements of the traffic itself update, by table as they write it. */
    updatedColumns: list(z.object({ relation: z.string(), columns: list(z.string()) }).readonly()),
    /** Tables in the plans of each transaction, as they were before. */
    transactionTables: list(
      z.object({ workload: z.string(), transaction: z.string(), relations: list(z.string()) }).readonly(),
    ),
    /** Of those that take more than one lock. */
    transactionLocks: list(transactionLocks).optional(),
    planChanges: list(planChange),
    /** Statements whose plans were compared. */
    plansCompared: count,
    autovacuumCancelled: list(autovacuumCancelled),
    duplicates: duplicateKeys.optional(),
  })
  .readonly();
export type Aftermath = z.infer<typeof aftermath>;
