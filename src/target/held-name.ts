import { systemClock } from '../clock.ts';
import { Failure, messageOf } from '../errors.ts';
import { milliseconds } from '../units.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { dropOnceLeft, keepDatabase } from './leave-database.ts';
import { lockNameToo, openMaintenance, tryLockName } from './maintenance.ts';
import { booleanOf, textOf } from './row.ts';
import type { Session } from './session.ts';

/** A server that restarts is back by then; of one that is gone nobody wants to wait for longer. */
const PATIENCE = milliseconds(15_000);
const RETRY = milliseconds(500);
/** A backend whose client is gone notices it within its `client_connection_check_interval` of a second. */
const LINGER = milliseconds(2_000);

/**
 * Locks the name of a database of a run until it is given back, also past a lost connection: nobody sweeps the database meanwhile. And knows a server or a
 * network that broke from a session that was lost.
 */
export class HeldName implements AsyncDisposable {
  readonly #place: ConnectionSettings;
  readonly #name: string;
  /** Where the session is that holds the name. */
  #seat: ConnectionSettings;
  readonly #over = new AbortController();
  readonly #broke: (failure: Failure) => void;
  #session: Session;
  #birth: Birth;
  #inquiry: Promise<void> | undefined;
  #failure: Failure | undefined;

  private constructor(holding: Holding, session: Session, birth: Birth) {
    this.#place = holding.place;
    this.#seat = holding.seat ?? holding.place;
    this.#name = holding.name;
    this.#broke = holding.broke;
    this.#session = session;
    this.#birth = birth;
    this.#watch();
  }

  /** Undefined: somebody else holds it. */
  static async hold(holding: Holding): Promise<HeldName | undefined> {
    const session = await openMaintenance(holding.seat ?? holding.place);
    if (await tryLockName(session, holding.name))
      return new HeldName(holding, session, await birthOf(session));
    await session.close();
    return undefined;
  }

  get session(): Session {
    return this.#session;
  }

  /** Throws `Failure('target.lost')` where the server or the network broke since, even a moment ago. */
  async requireSound(): Promise<void> {
    await this.#inquiry;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Goes on from the database itself, so that nobody else's has a session of this run. The name is held throughout. */
  async moveIn(): Promise<void> {
    const before = this.#session;
    this.#seat = { ...this.#place, database: this.#name };
    const session = await openMaintenance(this.#seat);
    await lockNameToo(session, this.#name);
    this.#session = session;
    this.#watch();
    await before.close();
  }

  /** Drops the database; a sentence where that was not possible. Never rejects. */
  async drop(): Promise<string | undefined> {
    try {
      await using session = await this.#besides();
      await dropOnceLeft(session, this.#place, this.#name);
      return undefined;
    } catch (error) {
      return `the database ${this.#name} could not be dropped: ${messageOf(error)}; the next rehearsal on this server, or rehearse cleanup, tries again`;
    }
  }

  /** Keeps the database for whoever asked for it; a sentence about that. Never rejects. */
  async keep(): Promise<string> {
    const { host, port } = this.#place;
    try {
      await using session = await this.#besides();
      const { name, problem } = await keepDatabase(session, this.#name);
      const why = problem === undefined ? '' : `; it could not get its name rehearse_kept_…: ${problem}`;
      return `the database of this run is kept (--keep): ${name} on ${host}:${port}${why}`;
    } catch (error) {
      return `the database ${this.#name} could not be kept (--keep): ${messageOf(error)}; the next rehearsal on this server, or rehearse cleanup, removes it`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#session.close();
  }

  /** A session outside the database; none of this run's own is in it any more, and its name stays held. */
  async #besides(): Promise<Session> {
    const session = await this.#reopened(this.#place);
    if (this.#seat.database !== this.#name) return session;
    await lockNameToo(session, this.#name);
    this.#over.abort();
    await this.#session.close();
    return session;
  }

  #watch(): void {
    const session = this.#session;
    session.onLost((reason) => {
      if (session !== this.#session) return;
      this.#inquiry = this.#inquire(reason).catch((error: unknown) => {
        if (!this.#over.signal.aborted)
          this.#fail(`the server can not be reached any more: ${messageOf(error)}`);
      });
    });
  }

  async #inquire(reason: Error): Promise<void> {
    const lostAt = this.#birth.serverNow();
    const { pid } = this.#session;
    const session = await this.#reopened(this.#seat, this.#over.signal);
    this.#session = session;
    const isTaken = await tryLockName(session, this.#name);
    const birth = await birthOf(session);
    const isRestarted = birth.server !== this.#birth.server;
    this.#birth = birth;
    this.#watch();
    if (isRestarted) {
      this.#fail('the server was restarted');
      return;
    }
    await systemClock.sleep(LINGER, this.#over.signal);
    // The old backend may have held it until now.
    if (!isTaken) await tryLockName(session, this.#name);
    const { rows } = await session.query(SURVIVORS, [this.#name, lostAt, pid]);
    // With others alive it was this session alone, and nobody is worse off.
    if (rows[0] === undefined || !booleanOf(rows[0], 'some'))
      this.#fail(`the connections to the server broke: ${messageOf(reason)}`);
  }

  #fail(message: string): void {
    this.#failure ??= new Failure('target.lost', { where: displayAddress(this.#place), message });
    this.#broke(this.#failure);
  }

  async #reopened(place: ConnectionSettings, signal?: AbortSignal): Promise<Session> {
    const deadline = systemClock.now() + PATIENCE;
    for (;;) {
      try {
        return await openMaintenance(place);
      } catch (error) {
        if (!isPassing(error) || systemClock.now() > deadline) throw error;
        await systemClock.sleep(RETRY, signal);
      }
    }
  }
}

export interface Holding {
  /** From where databases are made and dropped. */
  readonly place: ConnectionSettings;
  /** From where the name is held; absent: from there as well. */
  readonly seat?: ConnectionSettings;
  readonly name: string;
  /** Hears, at most a few seconds later, of a server or a network that broke. */
  readonly broke: (failure: Failure) => void;
}

/** When the server was started, and its own clock. */
interface Birth {
  readonly server: string;
  readonly serverNow: () => number;
}

async function birthOf(session: Session): Promise<Birth> {
  const row = (await session.query(BIRTH)).rows[0] ?? {};
  const ahead = Number(textOf(row, 'now')) * 1_000 - systemClock.now();
  return { server: textOf(row, 'started'), serverNow: () => (systemClock.now() + ahead) / 1_000 };
}

/** The network, or a server that starts or stops (57P03, 57P01), or has no connection left for the moment (53300). */
function isPassing(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined || ['57P03', '57P01', '53300'].includes(sqlState);
}

/** Cost: none. 14–18. */
const BIRTH = `
SELECT pg_catalog.pg_postmaster_start_time()::text AS started,
  (extract(epoch FROM pg_catalog.clock_timestamp()))::text AS now`;

/** Everybody sees the sessions of the own role. Cost: one look at the backends' slots. 14–18. */
const SURVIVORS = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = $1 AND a.pid NOT IN (pg_catalog.pg_backend_pid(), $3::int) AND a.backend_start < pg_catalog.to_timestamp($2::float8)) AS some`;
