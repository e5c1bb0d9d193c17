import { systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { milliseconds } from '../units.ts';
import type { ConnectionSettings } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { openMaintenance, tryLockName } from './maintenance.ts';
import { dropDatabase } from './own-database.ts';
import type { Session } from './session.ts';

/** A server that restarts is back by then; of one that is gone nobody wants to wait for longer. */
const PATIENCE = milliseconds(15_000);
const RETRY = milliseconds(500);

/** Locks the name of a database of ours until it is released, also past lost connections: nobody sweeps it meanwhile. */
export class HeldName implements AsyncDisposable {
  readonly #place: ConnectionSettings;
  readonly #name: string;
  readonly #over = new AbortController();
  #session: Session;

  private constructor(place: ConnectionSettings, name: string, session: Session) {
    this.#place = place;
    this.#name = name;
    this.#session = session;
    this.#watch();
  }

  static async hold(place: ConnectionSettings, name: string): Promise<HeldName> {
    const session = await openMaintenance(place);
    await tryLockName(session, name);
    return new HeldName(place, name, session);
  }

  get session(): Session {
    return this.#session;
  }

  /** Drops the database; a sentence where that was not possible. Never rejects. */
  async drop(): Promise<string | undefined> {
    try {
      await using session = await this.#reopened();
      await dropDatabase(session, this.#name);
      return undefined;
    } catch (error) {
      return `the database ${this.#name} could not be dropped: ${messageOf(error)}; the next rehearsal on this server, or rehearse cleanup, tries again`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#session.close();
  }

  #watch(): void {
    this.#session.onLost(() => {
      if (this.#over.signal.aborted) return;
      // Where the server does not come back, there is nothing to hold.
      void this.#reopened(this.#over.signal).then(
        async (session) => {
          if (this.#over.signal.aborted) return await session.close();
          this.#session = session;
          await tryLockName(session, this.#name).catch(() => false);
          this.#watch();
        },
        () => undefined,
      );
    });
  }

  async #reopened(signal?: AbortSignal): Promise<Session> {
    const deadline = systemClock.now() + PATIENCE;
    for (;;) {
      try {
        return await openMaintenance(this.#place);
      } catch (error) {
        if (!isPassing(error) || systemClock.now() > deadline) throw error;
        await systemClock.sleep(RETRY, signal);
      }
    }
  }
}

/** The network, or a server that starts or stops (57P03, 57P01), or has no connection left for the moment (53300). */
function isPassing(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined || ['57P03', '57P01', '53300'].includes(sqlState);
}
