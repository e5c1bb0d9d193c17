import type {
  Aftermath,
  ComparedStatement,
  NewIndex,
  PhaseActivity,
  PlanChange,
  QueryPlan,
  Rerun,
  Result,
  TableActivity,
} from '#rooms/result/index.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

import { resultOf } from './sample.ts';

/* What is different after a migration, written by hand: nothing, unless a test says so. */

export const aftermathOf = (changes: Partial<Aftermath> = {}): Aftermath => ({
  schemaChanges: [],
  activity: [],
  newIndexes: [],
  updatedColumns: [],
  transactionTables: [],
  planChanges: [],
  plansCompared: 0,
  autovacuumCancelled: [],
  ...changes,
});

export const afterwards = (aftermath: Partial<Aftermath>, changes: Partial<Result> = {}): Result =>
  resultOf({ ...changes, aftermath: aftermathOf(aftermath) });

export const table = (relation: string, changes: Partial<TableActivity> = {}): TableActivity => ({
  relation,
  seqScans: 0,
  indexScans: 0,
  inserted: 0,
  updated: 0,
  hotUpdated: 0,
  deleted: 0,
  blocksRead: 0,
  blocksHit: 0,
  ...changes,
});

/** Ten seconds of it. */
export const activity = (
  phase: PhaseActivity['phase'],
  tables: readonly TableActivity[],
  megabytesOfWal = 1,
): PhaseActivity => ({ phase, duration: ms(10_000), walBytes: bytes(megabytesOfWal * 1024 ** 2), tables });

export const newIndex = (changes: Partial<NewIndex> = {}): NewIndex => ({
  name: 'orders_status',
  relation: 'orders',
  definition: 'CREATE INDEX orders_status ON public.orders USING btree (status)',
  method: 'btree',
  columns: ['status'],
  unique: false,
  valid: true,
  scans: 0,
  ...changes,
});

/** Nodes one below the other, each as `Seq Scan orders`, `Index Scan orders orders_pkey` or `Sort`. */
export const plan = (
  cost: number,
  ...nodes: readonly (readonly [string, (string | undefined)?, string?])[]
): QueryPlan => ({
  cost,
  nodes: nodes.map(([type, relation, index], depth) => ({
    depth,
    type,
    ...(relation === undefined ? {} : { relation }),
    ...(index === undefined ? {} : { index }),
  })),
});

export const planChange = (before: QueryPlan, after: QueryPlan | undefined): PlanChange => ({
  workload: 'main',
  transaction: 'order_page',
  statement: 'SELECT *\nFROM orders WHERE customer_id = $1',
  before,
  ...(after === undefined ? { error: 'column "customer_id" does not exist' } : { after }),
});

/** Ten times as long as before, unless a test says otherwise; the statement of `planChange`. */
export const alone = (changes: Partial<ComparedStatement> = {}): Partial<Result> => ({
  statementBenchmark: {
    duration: { before: ms(900), after: ms(1_000) },
    calibration: { before: ms(0.05), after: ms(0.06) },
    leftOut: [],
    statements: [
      {
        workload: 'main',
        transaction: 'order_page',
        statement: 'SELECT *\nFROM orders WHERE customer_id = $1',
        before: { kind: 'measured', time: ms(0.2), executions: 250, arrivals: 3, rows: 5 },
        after: { kind: 'measured', time: ms(2), executions: 90, arrivals: 3, rows: 5 },
        ratio: { ratio: 10, low: 8.5, high: 11.2 },
        verdict: 'slower',
        planChanged: true,
        newIndexesUsed: [],
        ...changes,
      },
    ],
  },
});

export const rerunOf = (changes: Partial<Rerun>): Rerun => ({
  outcome: 'unchanged',
  duration: ms(20),
  changes: [],
  rows: [],
  rewritten: [],
  leftovers: [],
  ...changes,
});
