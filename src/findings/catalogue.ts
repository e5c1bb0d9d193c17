import { autovacuumCancelled } from './autovacuum-cancelled.ts';
import { backfillSlowerThanInserts } from './backfill-slower-than-inserts.ts';
import { constraintFailed } from './constraint-failed.ts';
import { deadlock } from './deadlock.ts';
import { duplicateRows } from './duplicate-rows.ts';
import { failedAttempts } from './failed-attempts.ts';
import { hotUpdatesLost } from './hot-updates-lost.ts';
import { indexUnused } from './index-unused.ts';
import { leftBehind } from './leftover.ts';
import { lockHeld } from './lock-held.ts';
import { lockQueue } from './lock-queue.ts';
import { lockOrderInversion } from './lock-order-inversion.ts';
import { noLockTimeout } from './no-lock-timeout.ts';
import { notRerunnable } from './not-rerunnable.ts';
import type { Detector } from './observed.ts';
import { planChanged } from './plan-changed.ts';
import { planInvalidated } from './plan-invalidated.ts';
import { scanUnderLock } from './scan-under-lock.ts';
import { schemaMismatch } from './schema-mismatch.ts';
import { serverNotice } from './server-notice.ts';
import { slowerAfter } from './slower-after.ts';
import { tableRewrite } from './table-rewrite.ts';
import { walHeavy } from './wal-heavy.ts';

interface FindingKind {
  readonly id: string;
  readonly title: string;
  /** Section of PostgreSQL's manual. */
  readonly manual: string;
  readonly detect: Detector;
}

/** Every hazard that a result can be searched for, what leads to others first. */
export const FINDINGS = [
  {
    id: 'table-rewrite',
    title: 'a table was written anew while its readers and writers waited',
    manual: 'ALTER TABLE, Notes',
    detect: tableRewrite,
  },
  {
    id: 'scan-under-lock',
    title: 'a table was read from end to end while a lock kept readers or writers out',
    manual: '13.3.1 Table-Level Locks',
    detect: scanUnderLock,
  },
  {
    id: 'lock-held',
    title: 'a lock that keeps readers or writers out was held for long',
    manual: '13.3.1 Table-Level Locks',
    detect: lockHeld,
  },
  {
    id: 'lock-queue',
    title: 'the migration waited for a lock, and the traffic queued behind it',
    manual: '13.3.1 Table-Level Locks',
    detect: lockQueue,
  },
  {
    id: 'no-lock-timeout',
    title: 'a statement asked for a strong lock and would have waited for it without end',
    manual: '19.11.1 Statement Behavior (lock_timeout)',
    detect: noLockTimeout,
  },
  {
    id: 'deadlock',
    title: 'the migration and the traffic waited for each other, and one was cancelled',
    manual: '13.3.4 Deadlocks',
    detect: deadlock,
  },
  {
    id: 'lock-order-inversion',
    title: 'the migration and the traffic lock two tables in opposite order',
    manual: '13.3.4 Deadlocks',
    detect: lockOrderInversion,
  },
  {
    id: 'plan-invalidated',
    title: 'prepared statements failed because their result changed its columns',
    manual: 'PREPARE, Notes',
    detect: planInvalidated,
  },
  {
    id: 'schema-mismatch',
    title: 'the running application asked for columns or tables that are not there any more',
    manual: '5.7 Modifying Tables',
    detect: schemaMismatch,
  },
  {
    id: 'constraint-failed',
    title: 'rows that are there break what the migration asks of them',
    manual: '5.5 Constraints',
    detect: constraintFailed,
  },
  {
    id: 'duplicate-rows',
    title: 'duplicate rows kept a unique index or constraint from being built',
    manual: '11.6 Unique Indexes',
    detect: duplicateRows,
  },
  {
    id: 'leftover',
    title: 'something half-done was left behind',
    manual: 'CREATE INDEX, Building Indexes Concurrently; ALTER TABLE, VALIDATE CONSTRAINT',
    detect: leftBehind,
  },
  {
    id: 'migration-failed-attempts',
    title: 'attempts gave up waiting for a lock and were repeated',
    manual: '19.11.1 Statement Behavior (lock_timeout)',
    detect: failedAttempts,
  },
  {
    id: 'not-rerunnable',
    title: 'run a second time, the migration changed something or failed half-way',
    manual: '5.7 Modifying Tables',
    detect: notRerunnable,
  },
  {
    id: 'slower-after',
    title: 'a transaction takes longer after the migration than before',
    manual: '14.1 Using EXPLAIN',
    detect: slowerAfter,
  },
  {
    id: 'plan-changed',
    title: 'a statement of the traffic has a worse plan after the migration',
    manual: '14.2 Statistics Used by the Planner',
    detect: planChanged,
  },
  {
    id: 'index-unused',
    title: 'no query of the traffic used a new index',
    manual: '11.12 Examining Index Usage',
    detect: indexUnused,
  },
  {
    id: 'hot-updates-lost',
    title: 'fewer updates are heap-only since a new index covers what they change',
    manual: '66.7 Heap-Only Tuples (HOT)',
    detect: hotUpdatesLost,
  },
  {
    id: 'wal-heavy',
    title: 'the migration wrote a multiple of the WAL that the traffic writes',
    manual: '28.5 WAL Configuration',
    detect: walHeavy,
  },
  {
    id: 'backfill-slower-than-inserts',
    title: 'a backfill does not gain on the rows that the traffic inserts',
    manual: 'UPDATE',
    detect: backfillSlowerThanInserts,
  },
  {
    id: 'autovacuum-cancelled',
    title: 'autovacuum was cancelled for a lock of the migration',
    manual: '24.1.6 The Autovacuum Daemon',
    detect: autovacuumCancelled,
  },
  {
    id: 'server-notice',
    title: 'the server had something to say to the migration',
    manual: 'Appendix A. PostgreSQL Error Codes',
    detect: serverNotice,
  },
] as const satisfies readonly FindingKind[];

export type FindingId = (typeof FINDINGS)[number]['id'];
