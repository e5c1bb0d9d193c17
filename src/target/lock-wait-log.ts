import type { Clock } from '../clock.ts';
import {
  DEADLOCK_DETECTED,
  deadlockVictim,
  lockWaitEndOf,
  parseLockLog,
  type LockTarget,
  type LockWaitEnd,
} from '../postgres/thread.ts';
import { instant, milliseconds, since, type Instant, type Milliseconds } from '../units.ts';

/** A wait for a lock as the server timed it and told the session that waited: those longer than `deadlock_timeout`. */
export interface HeardWait extends LockTarget {
  readonly pid: number;
  readonly mode: string;
  /** Since the run's origin. */
  readonly startedAt: Milliseconds;
  readonly duration: Milliseconds;
  readonly end: LockWaitEnd;
}

/** The error that ended a deadlock, as its victim got it. */
export interface HeardDeadlock {
  /** Of the victim. */
  readonly pid: number;
  /** Since the run's origin. */
  readonly at: Milliseconds;
  readonly statement: string;
  /** Who waited for whom, in the server's words. */
  readonly detail: string;
}

/** What an error was about, beside its SQLSTATE. */
export interface ErrorTold {
  readonly statement: string;
  readonly detail: string | undefined;
}

interface OpenWait extends LockTarget {
  readonly pid: number;
  readonly mode: string;
  readonly began: Instant;
}

interface EndedWait extends OpenWait {
  readonly duration: Milliseconds;
  readonly end: LockWaitEnd;
}

/** 20,000 waits are 3 MB; what comes after is counted. */
const WAITS_KEPT = 20_000;
/** More tell nothing new. */
const DEADLOCKS_KEPT = 200;

/**
 * Pairs the messages of `log_lock_waits` of any number of sessions into waits. A wait that is granted ends with a message that times it; one that ends in an
 * error has only its beginning, and lasts until the error is there.
 */
export class LockWaitLog {
  leftOut = 0;
  readonly #clock: Clock;
  readonly #ended: EndedWait[] = [];
  readonly #open = new Map<number, OpenWait>();
  readonly #deadlocks: (Omit<HeardDeadlock, 'at'> & { readonly at: Instant })[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False: the message is about something else. */
  heard(message: string): boolean {
    const entry = parseLockLog(message);
    if (entry === undefined) return false;
    const { kind, pid, mode, waited, lockType, relation } = entry;
    // What was heard soonest after it was said tells its beginning best.
    const began = instant(Math.min(this.#open.get(pid)?.began ?? Infinity, this.#clock.now() - waited));
    const wait = { pid, mode, lockType, relation, began };
    if (kind === 'acquired') this.#end(wait, milliseconds(waited), 'granted');
    // The others end with an error, which says more.
    else this.#open.set(pid, wait);
    return true;
  }

  /** The session got an error, or broke: `sqlState` undefined. `pid` undefined: behind a pooler; it has waits nowhere, and the victim of a deadlock is named in its error. */
  failed(pid: number | undefined, sqlState: string | undefined, told?: ErrorTold): void {
    if (
      sqlState === DEADLOCK_DETECTED &&
      told?.detail !== undefined &&
      this.#deadlocks.length < DEADLOCKS_KEPT
    )
      this.#deadlocks.push({
        pid: pid ?? deadlockVictim(told.detail),
        statement: told.statement,
        detail: told.detail,
        at: this.#clock.now(),
      });
    const open = pid === undefined ? undefined : this.#open.get(pid);
    if (open !== undefined) this.#end(open, this.#age(open), lockWaitEndOf(sqlState));
  }

  /** All of a run in the order of their ends; those that have not ended last until now. */
  take(origin: Instant): readonly HeardWait[] {
    for (const open of [...this.#open.values()]) this.#end(open, this.#age(open), 'unseen');
    return this.#ended.map(({ began, ...wait }) => ({ ...wait, startedAt: since(origin, began) }));
  }

  deadlocks(origin: Instant): readonly HeardDeadlock[] {
    return this.#deadlocks.map((one) => ({ ...one, at: since(origin, one.at) }));
  }

  #age({ began }: OpenWait): Milliseconds {
    return since(began, this.#clock.now());
  }

  #end(wait: OpenWait, duration: Milliseconds, end: LockWaitEnd): void {
    this.#open.delete(wait.pid);
    if (this.#ended.length < WAITS_KEPT) this.#ended.push({ ...wait, duration, end });
    else this.leftOut++;
  }
}
