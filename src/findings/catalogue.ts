import { autovacuumCancelled } from './autovacuum-cancelled.ts';
import { backfillSlowerThanInserts } from './backfill-slower-than-inserts.ts';
import { constraintFailed } from './constraint-failed.ts';
import { constraintNotValidated } from './constraint-not-validated.ts';
import { deadlock } from './deadlock.ts';
import { duplicateRows } from './duplicate-rows.ts';
import { failedAttempts } from './failed-attempts.ts';
import { hotUpdatesLost } from './hot-updates-lost.ts';
import { indexUnused } from './index-unused.ts';
import { invalidIndex } from './invalid-index.ts';
import { leftBehind } from './leftover.ts';
import { lockHeld } from './lock-held.ts';
import { lockQueue } from './lock-queue.ts';
import { lockOrderInversion } from './lock-order-inversion.ts';
import { noLockTimeout } from './no-lock-timeout.ts';
import { notRerunnable } from './not-rerunnable.ts';
import type { Detector } from './observed.ts';
import { otherTableLocked } from './other-table-locked.ts';
import { planChanged } from './plan-changed.ts';
import { planInvalidated } from './plan-invalidated.ts';
import { poolExhausted } from './pool-exhausted.ts';
import { readsBlocked } from './reads-blocked.ts';
import { scanUnderLock } from './scan-under-lock.ts';
import { schemaMismatch } from './schema-mismatch.ts';
import { serverNotice } from './server-notice.ts';
import { slowerAfter } from './slower-after.ts';
import { tableRewrite } from './table-rewrite.ts';
import { walHeavy } from './wal-heavy.ts';
import { writesBlocked } from './writes-blocked.ts';

interface FindingKind {
  readonly id: string;
  readonly title: string;
  /** What it means for the people who use the application, or who run the database. */
  readonly why: string;
  /** Section of PostgreSQL's manual. */
  readonly manual: string;
  readonly detect: Detector;
}

/** Every hazard that a result can be searched for, what leads to others first. */
export const FINDINGS = [
  {
    id: 'table-rewrite',
    title: 'a table was written anew while its readers and writers waited',
    why: 'every request that needs the table waits until the last row is written, and the time grows with the table',
    manual: 'ALTER TABLE, Notes',
    detect: tableRewrite,
  },
  {
    id: 'scan-under-lock',
    title: 'a table was read from end to end while a lock kept readers or writers out',
    why: 'every request that the lock keeps out waits until the last row is read, and the time grows with the table',
    manual: '13.3.1 Table-Level Locks',
    detect: scanUnderLock,
  },
  {
    id: 'reads-blocked',
    title: 'reads and writes of a table, or reads through its index, waited for a lock of the migration',
    why: 'not even a SELECT is answered meanwhile, and what waits keeps its connection',
    manual: '13.3.1 Table-Level Locks',
    detect: readsBlocked,
  },
  {
    id: 'writes-blocked',
    title: 'writes to a table, or to rows that the migration had changed, waited for its locks',
    why: 'reads go on, but nobody can buy, pay or log in meanwhile, and what waits keeps its connection',
    manual: '13.3.1 Table-Level Locks; 13.3.2 Row-Level Locks',
    detect: writesBlocked,
  },
  {
    id: 'lock-held',
    title:
      'a lock that keeps readers or writers out was kept while its transaction did something else, or nothing',
    why: 'a lock lives to the end of its transaction: what comes after the change counts as downtime of its table',
    manual: '13.3.1 Table-Level Locks',
    detect: lockHeld,
  },
  {
    id: 'other-table-locked',
    title: 'a statement locked another table than the one it is about',
    why: 'whoever reviews the migration does not see it, and the traffic of that table waits as well; it is half of a deadlock, too',
    manual: '13.3.1 Table-Level Locks; ALTER TABLE',
    detect: otherTableLocked,
  },
  {
    id: 'lock-queue',
    title: 'the migration waited for a lock, and the traffic queued behind it',
    why: 'a request for a lock queues, and every later request queues behind it: one long reader and one short change stop all the traffic',
    manual: '13.3.1 Table-Level Locks',
    detect: lockQueue,
  },
  {
    id: 'no-lock-timeout',
    title: 'a statement asked for a strong lock and would have waited for it without end',
    why: 'the day a long query or a forgotten session holds the table, the migration waits for it, and all the traffic behind the migration',
    manual: '19.11.1 Statement Behavior (lock_timeout)',
    detect: noLockTimeout,
  },
  {
    id: 'pool-exhausted',
    title: 'no connection was free any more, and arrivals stood in line for one',
    why: 'requests wait that have nothing to do with the table: the whole application stands still, health checks included',
    manual: '19.3.1 Connection Settings',
    detect: poolExhausted,
  },
  {
    id: 'deadlock',
    title: 'the migration and the traffic waited for each other, and one was cancelled',
    why: 'the server cancels one of them: either requests fail, or the migration does',
    manual: '13.3.4 Deadlocks',
    detect: deadlock,
  },
  {
    id: 'lock-order-inversion',
    title: 'the migration and the traffic lock two tables in opposite order',
    why: 'as soon as both stand between their two locks at the same moment, the server cancels one of them',
    manual: '13.3.4 Deadlocks',
    detect: lockOrderInversion,
  },
  {
    id: 'plan-invalidated',
    title: 'prepared statements failed because their result changed its columns',
    why: 'each connection that had the statement prepared fails once, or until it prepares it anew',
    manual: 'PREPARE, Notes',
    detect: planInvalidated,
  },
  {
    id: 'schema-mismatch',
    title:
      'the running application asked for what is not there any more, or wrote what is not allowed any more',
    why: 'between the migration and the deployment, and again after a rollback of the deployment, these requests fail',
    manual: '5.7 Modifying Tables',
    detect: schemaMismatch,
  },
  {
    id: 'constraint-failed',
    title: 'rows that are there break what the migration asks of them',
    why: 'the migration stops there, in production as well unless its rows are cleaner',
    manual: '5.5 Constraints',
    detect: constraintFailed,
  },
  {
    id: 'duplicate-rows',
    title: 'duplicate rows kept a unique index or constraint from being built',
    why: 'the index can not be built until somebody has decided which of the rows to keep',
    manual: '11.6 Unique Indexes',
    detect: duplicateRows,
  },
  {
    id: 'invalid-index',
    title: 'an index was left behind invalid or unfinished',
    why: 'writes pay for it, no query uses it, and a later IF NOT EXISTS takes it for the real one',
    manual: 'CREATE INDEX, Building Indexes Concurrently',
    detect: invalidIndex,
  },
  {
    id: 'constraint-not-validated',
    title: 'a constraint was left behind NOT VALID',
    why: 'rows from before may break it, and the planner does not rely on it',
    manual: 'ALTER TABLE, VALIDATE CONSTRAINT',
    detect: constraintNotValidated,
  },
  {
    id: 'leftover',
    title: 'something else half-done was left behind: a trigger, a session, a transaction, a table, a column',
    why: 'nobody looks for it, and it costs or blocks until somebody does',
    manual: 'ALTER TABLE, DISABLE TRIGGER; PREPARE TRANSACTION; DROP TABLE',
    detect: leftBehind,
  },
  {
    id: 'migration-failed-attempts',
    title: 'attempts gave up waiting for a lock and were repeated',
    why: 'each attempt holds up the traffic for as long as it waits, and too few attempts fail the deployment',
    manual: '19.11.1 Statement Behavior (lock_timeout)',
    detect: failedAttempts,
  },
  {
    id: 'not-rerunnable',
    title: 'run a second time, the migration changed something or failed half-way',
    why: 'deployments are repeated, and go on after a failure: a second run then does harm, or can not go on',
    manual: '5.7 Modifying Tables',
    detect: notRerunnable,
  },
  {
    id: 'slower-after',
    title: 'a transaction takes longer after the migration than before',
    why: 'the lock is over, but the users go on waiting',
    manual: '14.1 Using EXPLAIN',
    detect: slowerAfter,
  },
  {
    id: 'plan-changed',
    title: 'a statement of the traffic has a worse plan after the migration',
    why: 'what cost little at each request now costs a multiple, and more with every row',
    manual: '14.2 Statistics Used by the Planner',
    detect: planChanged,
  },
  {
    id: 'index-unused',
    title: 'no query of the traffic used a new index',
    why: 'every write pays for it, and so do vacuum, backups and memory',
    manual: '11.12 Examining Index Usage',
    detect: indexUnused,
  },
  {
    id: 'hot-updates-lost',
    title: 'fewer updates are heap-only since a new index covers what they change',
    why: 'updates write more WAL and more index entries, and tables and indexes bloat',
    manual: '66.7 Heap-Only Tuples (HOT)',
    detect: hotUpdatesLost,
  },
  {
    id: 'wal-heavy',
    title: 'the migration wrote a multiple of the WAL that the traffic writes',
    why: 'standbys, backups and the archive fall behind by what they can not take in that time, and a failover then loses more or takes longer',
    manual: '28.5 WAL Configuration',
    detect: walHeavy,
  },
  {
    id: 'backfill-slower-than-inserts',
    title: 'a backfill does not gain on the rows that the traffic inserts',
    why: 'what shall follow the backfill waits for an end that may not come',
    manual: 'UPDATE',
    detect: backfillSlowerThanInserts,
  },
  {
    id: 'autovacuum-cancelled',
    title: 'autovacuum was cancelled for a lock of the migration',
    why: 'its work is lost and begins anew: dead rows, and old statistics, stay until then',
    manual: '24.1.6 The Autovacuum Daemon',
    detect: autovacuumCancelled,
  },
  {
    id: 'server-notice',
    title: 'the server had something to say to the migration',
    why: 'the server rarely says something without need',
    manual: 'Appendix A. PostgreSQL Error Codes',
    detect: serverNotice,
  },
] as const satisfies readonly FindingKind[];

export type FindingId = (typeof FINDINGS)[number]['id'];
