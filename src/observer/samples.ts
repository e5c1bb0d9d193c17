import type { SessionLabel } from '../result/index.ts';
import type { Milliseconds } from '../units.ts';

/** One look at the server. Times are from the run's origin. */
export interface Sample {
  readonly at: Milliseconds;
  readonly waits: readonly WaitSeen[];
  /** Everybody connected, by pid. */
  readonly sessions: ReadonlyMap<number, SessionLabel>;
  /** Table locks of the migration's sessions. */
  readonly locks: readonly LockSeen[];
  /** When they were read: after `after`, known at `by`. Absent: nobody asked. */
  readonly locksRead?: Between;
  /** Index builds of the migration's sessions. */
  readonly builds: readonly BuildSeen[];
  /** The migration step that was running. */
  readonly step: number | undefined;
}

/** Something happened between two moments; `by` may be Infinity. */
export interface Between {
  readonly after: Milliseconds;
  readonly by: Milliseconds;
}

/** A session that is waiting for a lock right now. */
export interface WaitSeen {
  readonly pid: number;
  readonly lockType: string;
  /** Empty where the lock is not on a relation. */
  readonly relation: string;
  readonly mode: string;
  readonly since: Milliseconds;
  /** The same moment by the server's clock, exact, in milliseconds since 1970: tells one wait from the next. */
  readonly serverStart: number;
  /** Sessions that it waits for directly: holders of a conflicting lock, and those ahead of it in the queue. */
  readonly blockers: readonly number[];
}

/** An index build at work (pg_stat_progress_create_index). */
export interface BuildSeen {
  readonly pid: number;
  readonly phase: string;
  readonly lockersTotal: number;
  readonly lockersDone: number;
  /** Whom it waits for right now; 0: nobody. */
  readonly locker: number;
}

export interface LockSeen {
  readonly pid: number;
  readonly relation: string;
  readonly mode: string;
  readonly granted: boolean;
  /** Of its session, as the server numbers them: tells one transaction from the next. */
  readonly transaction: string;
}
