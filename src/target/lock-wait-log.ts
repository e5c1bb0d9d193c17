import type { Clock } from '../clock.ts';
import { lockWaitEndOf, parseLockLog, type LockTarget, type LockWaitEnd } from '../postgres/thread.ts';
import { instant, milliseconds, type Instant, type Milliseconds } from '../units.ts';

/** A wait for a lock as the server timed it and told the session that waited: those longer than `deadlock_timeout`. */
export interface HeardWait extends LockTarget {
  readonly pid: number;
  readonly mode: string;
  readonly startedAt: Instant;
  readonly duration: Milliseconds;
  readonly end: LockWaitEnd;
}

/** 20,000 waits are 3 MB; what comes after is counted. */
const WAITS_KEPT = 20_000;

/**
 * Pairs the messages of `log_lock_waits` of any number of sessions into waits. A wait that is granted ends with a message that times it; one that ends in an error
 * has only its beginning, and lasts until the error is there.
 */
export class LockWaitLog {
  leftOut = 0;
  readonly #clock: Clock;
  readonly #waits: HeardWait[] = [];
  readonly #open = new Map<number, Omit<HeardWait, 'duration' | 'end'>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ended ones, in the order of their ends. */
  get waits(): readonly HeardWait[] {
    return this.#waits;
  }

  /** False: the message is about something else. */
  heard(message: string): boolean {
    const entry = parseLockLog(message);
    if (entry === undefined) return false;
    const { kind, pid, mode, waited, lockType, relation } = entry;
    const startedAt = this.#open.get(pid)?.startedAt ?? instant(this.#clock.now() - waited);
    const wait = { pid, mode, lockType, relation, startedAt };
    if (kind === 'acquired') this.#end({ ...wait, duration: milliseconds(waited), end: 'granted' });
    // The others end with an error, which says more.
    else this.#open.set(pid, wait);
    return true;
  }

  /** The session got an error, or broke: `sqlState` undefined. */
  failed(pid: number, sqlState: string | undefined): void {
    const open = this.#open.get(pid);
    if (open === undefined) return;
    const duration = milliseconds(this.#clock.now() - open.startedAt);
    this.#end({ ...open, duration, end: lockWaitEndOf(sqlState) });
  }

  /** Nobody will hear of their end. */
  close(): void {
    for (const open of [...this.#open.values()])
      this.#end({ ...open, duration: milliseconds(this.#clock.now() - open.startedAt), end: 'unseen' });
  }

  #end(wait: HeardWait): void {
    this.#open.delete(wait.pid);
    if (this.#waits.length < WAITS_KEPT) this.#waits.push(wait);
    else this.leftOut++;
  }
}
