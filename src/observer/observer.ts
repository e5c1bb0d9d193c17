import type { Clock } from '../clock.ts';
import type { ObserverResult } from '../result/index.ts';
import {
  connect,
  SHIELD,
  type ConnectionSettings,
  type LockReporting,
  type Session,
} from '../target/index.ts';
import { milliseconds, type Instant, type Milliseconds } from '../units.ts';

import { Fold, type Folded } from './fold.ts';
import { namesOf } from './relation-names.ts';
import { takeSample, type Situation } from './sampler.ts';

/** Watches the server on a session of its own, from its start until it is stopped. */
export interface Observer extends AsyncDisposable {
  /** Gives a session the name that the report shall use. */
  name(pid: number, name: string): void;
  /** The session is one of the migration's, whatever it calls itself. */
  adopt(pid: number, step: string): void;
  beginStep(index: number): void;
  endStep(): void;
  /** A transaction of the migration is about to end, or has ended: meanwhile its locks are looked at more often. */
  beginCommit(): void;
  endCommit(): void;
  /** Traffic sessions waiting for a lock, at the last look. */
  readonly waitingNow: number;
  /** `relations`: oids whose names are wanted. Never rejects. */
  stop(relations?: readonly number[]): Promise<Observation>;
}

export interface Observation extends Folded {
  readonly observer: Omit<ObserverResult, 'lockWaits'>;
  /** By oid; of those that are still there. */
  readonly relationNames: ReadonlyMap<number, string>;
  /** By pid, as they were given. */
  readonly sessionNames: ReadonlyMap<number, string>;
  /** Most traffic sessions that waited at one moment, by the second of the run. */
  readonly waitingBySecond: ReadonlyMap<number, number>;
}

/** A wait is found if it lasts this long; at 20 samples a second the cost is below what can be told from noise (research/peers.md §5.2). */
const WATCHFUL = milliseconds(50);
/** While no migration step runs. */
const CALM = milliseconds(250);
/** While a COMMIT runs, which releases locks somewhere on its way. */
const CLOSE = milliseconds(5);
/** The quickest of so many samples is nearest to what a sample costs: a busy machine only adds to it. */
const RECENT = 5;
/** The observer must never hang in the queue that it observes. */
const OWN_SETTINGS = { ...SHIELD, lock_timeout: '500ms', statement_timeout: '5s' };

/** Twice its statement_timeout. */
const PATIENCE = 10_000;

interface Surroundings {
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly origin: Instant;
  readonly reporting: LockReporting;
}

/** Throws `Failure('target.unavailable')`. */
export async function startObserver(surroundings: Surroundings): Promise<Observer> {
  const session = await connect(surroundings.connection, 'observer', { settings: OWN_SETTINGS });
  return new SamplingObserver(session, surroundings);
}

class SamplingObserver implements Observer {
  readonly #surroundings: Surroundings;
  readonly #fold = new Fold();
  readonly #names = new Map<number, string>();
  readonly #waitingBySecond = new Map<number, number>();
  readonly #gaps: { startedAt: Milliseconds; duration: Milliseconds }[] = [];
  readonly #stopped = new AbortController();
  readonly #watching: Promise<void>;
  readonly #migrating = new Set<number>();
  #step: Situation['step'];
  #isCommitting = false;
  /** What the last samples took. */
  #recent: readonly number[] = [];
  #session: Session;
  #samples = 0;
  #pause = new AbortController();
  #lastAt = milliseconds(0);
  #longestGap = milliseconds(0);
  #slowedTo = milliseconds(0);
  waitingNow = 0;

  constructor(session: Session, surroundings: Surroundings) {
    this.#session = session;
    this.#surroundings = surroundings;
    this.#lastAt = this.#now();
    // Who may not see anybody has nothing to look at; the report says so.
    this.#watching = surroundings.reporting.sees.sessions ? this.#watch() : Promise.resolve();
  }

  name(pid: number, name: string): void {
    this.#names.set(pid, name);
  }

  adopt(pid: number, step: string): void {
    this.#migrating.add(pid);
    this.name(pid, step);
  }

  beginStep(index: number): void {
    this.#step = index;
    // A pause that began in calm may be longer than the step's first wait.
    this.#pause.abort();
  }

  endStep(): void {
    this.#step = undefined;
  }

  beginCommit(): void {
    this.#isCommitting = true;
    this.#pause.abort();
  }

  endCommit(): void {
    this.#isCommitting = false;
  }

  async stop(relations: readonly number[] = []): Promise<Observation> {
    this.#longestGap = milliseconds(Math.max(this.#longestGap, this.#now() - this.#lastAt));
    this.#stopped.abort();
    this.#pause.abort();
    // A server that does not answer any more must not keep the run from its end.
    const cut = setTimeout(() => this.#session.destroy(), PATIENCE);
    await this.#watching;
    clearTimeout(cut);
    const relationNames = await namesOf(this.#session, relations);
    await this.#session.close();
    const { deadlockTimeout, missing } = this.#surroundings.reporting;
    return {
      ...this.#fold.result(),
      waitingBySecond: this.#waitingBySecond,
      observer: {
        interval: WATCHFUL,
        samples: this.#samples,
        longestGap: this.#longestGap,
        gaps: this.#gaps,
        ...(this.#slowedTo > WATCHFUL ? { slowedTo: this.#slowedTo } : {}),
        deadlockTimeout,
        missing,
      },
      relationNames,
      sessionNames: this.#names,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #now(): Milliseconds {
    return milliseconds(this.#surroundings.clock.now() - this.#surroundings.origin);
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const began = this.#now();
      try {
        await this.#look();
      } catch {
        await this.#recover();
      }
      const took = this.#now() - began;
      await this.#sleep(this.#interval(took) - took);
    }
  }

  /** Never so often that looking takes more than a fourth of the time; what else keeps the machine busy is no part of that. */
  #interval(took: number): Milliseconds {
    this.#recent = [...this.#recent, took].slice(-RECENT);
    const cost = Math.min(...this.#recent) * 4;
    if (this.#isCommitting) return milliseconds(Math.max(CLOSE, cost));
    const wanted = this.#step === undefined && this.waitingNow === 0 ? CALM : WATCHFUL;
    const interval = milliseconds(Math.max(wanted, cost));
    if (wanted === WATCHFUL) this.#slowedTo = milliseconds(Math.max(this.#slowedTo, interval));
    return interval;
  }

  async #sleep(duration: number): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#pause = new AbortController();
    await this.#surroundings.clock
      .sleep(milliseconds(Math.max(1, duration)), this.#pause.signal)
      .catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { clock, origin } = this.#surroundings;
    const sample = await takeSample(this.#session, clock, origin, {
      names: this.#names,
      migrating: this.#migrating,
      step: this.#step,
      seesLocks: this.#surroundings.reporting.sees.locks,
    });
    this.#fold.add(sample);
    this.#samples++;
    this.#longestGap = milliseconds(Math.max(this.#longestGap, sample.at - this.#lastAt));
    this.#lastAt = sample.at;
    this.waitingNow = sample.waits.filter(({ pid }) => sample.sessions.get(pid)?.kind === 'traffic').length;
    const second = Math.floor(sample.at / 1_000);
    this.#waitingBySecond.set(second, Math.max(this.#waitingBySecond.get(second) ?? 0, this.waitingNow));
  }

  /** A sample that failed on a living session (its own time-out) is only a missing sample. */
  async #recover(): Promise<void> {
    if (!this.#session.isLost) return;
    const startedAt = this.#lastAt;
    const { connection } = this.#surroundings;
    while (!this.#stopped.signal.aborted) {
      try {
        this.#session = await connect(connection, 'observer', { settings: OWN_SETTINGS });
        break;
      } catch {
        await this.#sleep(CALM);
      }
    }
    this.#gaps.push({ startedAt, duration: milliseconds(this.#now() - startedAt) });
  }
}
