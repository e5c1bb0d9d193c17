import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import {
  cancelBackend,
  sqlStateOf,
  type ConnectionSettings,
  type QueryResult,
  type Session,
} from '../../target/index.ts';
import { after, milliseconds, type Milliseconds } from '../../units.ts';

import type { TurnSeen } from './tally.ts';

/** A cancellation that finds the backend between two statements is lost, so it is sent again while the statement runs. */
const CANCEL_AGAIN = milliseconds(100);
/** After this the connection is cut: the end of a run does not wait for a server that does not hear. */
const CANCEL_PATIENCE = milliseconds(5_000);

const QUERY_CANCELED = '57014';

export interface TurnConditions {
  readonly session: Session;
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  /** undefined: until its work is done. */
  readonly duration: Milliseconds | undefined;
  /** The end of the run. */
  readonly stop: AbortSignal;
}

/** One appearance of an actor on a session of its own: everything it does ends when the turn's duration is over, or the run. */
export class Turn implements Disposable {
  readonly #conditions: TurnConditions;
  /** The duration is over, or the run. */
  readonly #ending = new AbortController();
  /** That, or the session is lost: while nothing runs, only its listener tells that its locks are gone. */
  readonly #awake = new AbortController();
  readonly #left = new AbortController();
  #lost: Error | undefined;

  constructor(conditions: TurnConditions) {
    this.#conditions = conditions;
    const { session, clock, duration, stop } = conditions;
    const end = (): void => {
      this.#ending.abort();
      this.#awake.abort();
    };
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true, signal: this.#left.signal });
    if (duration !== undefined) clock.sleep(duration, this.#left.signal).then(end, () => undefined);
    session.onLost((reason) => {
      this.#lost = reason;
      this.#awake.abort();
    });
  }

  get isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  /** A statement that is cancelled at the end of the turn, as its client's time-out would. */
  async work(sql: string, values?: readonly unknown[]): Promise<QueryResult> {
    return await this.#cancellable(this.#ending.signal, () => this.#conditions.session.query(sql, values));
  }

  /** What the end of the turn calls for, such as COMMIT; only the end of the run cancels it. */
  async conclude(sql: string): Promise<void> {
    const { session, stop } = this.#conditions;
    await this.#cancellable(stop, () => session.query(sql));
  }

  /** Until the duration has passed or the turn is over. Rejects at the end of the run, and when the session is lost. */
  async pause(duration: Milliseconds): Promise<void> {
    const { clock, stop } = this.#conditions;
    if (duration <= 0) return;
    try {
      await clock.sleep(duration, this.#awake.signal);
    } catch {
      if (this.#lost !== undefined) throw this.#lost;
      stop.throwIfAborted();
    }
  }

  /** How it ended, by what its work threw, if anything. */
  outcome(thrown?: unknown): Pick<TurnSeen, 'outcome' | 'message'> {
    if (this.#conditions.stop.aborted) return { outcome: 'stopped' };
    const isCut = this.isOver && sqlStateOf(thrown) === QUERY_CANCELED;
    if (thrown === undefined || isCut || thrown === this.#ending.signal.reason)
      return { outcome: 'finished' };
    return { outcome: 'failed', message: messageOf(thrown) };
  }

  [Symbol.dispose](): void {
    this.#left.abort();
  }

  async #cancellable(until: AbortSignal, run: () => Promise<QueryResult>): Promise<QueryResult> {
    until.throwIfAborted();
    const over = new AbortController();
    let cancelled: Promise<void> | undefined;
    const cancel = (): void => {
      cancelled = this.#cancel(over.signal);
    };
    until.addEventListener('abort', cancel, { once: true });
    try {
      return await run();
    } finally {
      until.removeEventListener('abort', cancel);
      over.abort();
      await cancelled;
    }
  }

  async #cancel(over: AbortSignal): Promise<void> {
    const { session, connection, clock } = this.#conditions;
    const limit = after(clock.now(), CANCEL_PATIENCE);
    while (!over.aborted) {
      if (clock.now() >= limit) {
        session.destroy();
        return;
      }
      await cancelBackend(connection, session.pid).catch(() => false);
      await clock.sleep(CANCEL_AGAIN, over).catch(() => undefined);
    }
  }
}
