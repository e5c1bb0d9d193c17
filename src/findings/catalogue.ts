import { deadlock } from './deadlock.ts';
import { failedAttempts } from './failed-attempts.ts';
import { leftBehind } from './leftover.ts';
import { lockHeld } from './lock-held.ts';
import { lockQueue } from './lock-queue.ts';
import { noLockTimeout } from './no-lock-timeout.ts';
import type { Detector } from './observed.ts';
import { planInvalidated } from './plan-invalidated.ts';
import { scanUnderLock } from './scan-under-lock.ts';
import { schemaMismatch } from './schema-mismatch.ts';
import { tableRewrite } from './table-rewrite.ts';

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
] as const satisfies readonly FindingKind[];

export type FindingId = (typeof FINDINGS)[number]['id'];
