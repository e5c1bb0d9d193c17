import type { Clock } from '../clock.ts';
import type { Manners, PlannedWorkload } from '../plan/index.ts';
import {
  cancelBackends,
  connectTraffic,
  type ConnectionSettings,
  type LockWaitLog,
  type TrafficSession,
  type TrafficStatement,
} from '../target/thread.ts';
import { milliseconds } from '../units.ts';

import { Execution } from './execution.ts';
import { Fifo } from './fifo.ts';

export interface PoolSettings {
  readonly connection: ConnectionSettings;
  readonly workload: PlannedWorkload;
  /** Of the workload's connections, those of this worker. */
  readonly size: number;
  readonly seed: number;
  /** Prepared on every connection before the first arrival; on one that comes back, each at its first use, as an application does. */
  readonly statements: readonly TrafficStatement[];
  readonly clock: Clock;
  readonly waits: LockWaitLog;
  /** A connection came back that nobody asked for at that moment. */
  readonly onFree: () => void;
}

/**
 * Pinned connections, all open before the first arrival; whoever waited longest gets the next one. A lost connection is opened again, with
 * growing pauses, and does not serve meanwhile.
 */
export class Pool {
  readonly pids = new Set<number>();
  lost = 0;
  reconnects = 0;
  inUse = 0;
  readonly #settings: PoolSettings;
  readonly #idle = new Fifo<Execution>();
  readonly #all = new Set<Execution>();
  readonly #closed = new AbortController();

  private constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  /** Throws `Failure('target.unavailable')`. */
  static async open(settings: PoolSettings): Promise<Pool> {
    const pool = new Pool(settings);
    try {
      // Few at a time: each is a fork of the server and a key derivation here.
      for (let opened = 0; opened < settings.size; opened += AT_A_TIME) {
        const opening = Array.from({ length: Math.min(AT_A_TIME, settings.size - opened) }, () =>
          pool.#open(),
        );
        const settled = await Promise.allSettled(opening);
        for (const one of settled) if (one.status === 'fulfilled') pool.#add(one.value);
        await Promise.all(opening.map(async (session) => (await session).warm(settings.statements)));
      }
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** As many as it has when none is lost. */
  get size(): number {
    return this.#settings.size;
  }

  take(): Execution | undefined {
    for (let execution = this.#idle.shift(); execution !== undefined; execution = this.#idle.shift()) {
      if (execution.session.isLost) continue;
      this.inUse++;
      return execution;
    }
    return undefined;
  }

  giveBack(execution: Execution): void {
    this.inUse--;
    if (execution.session.isLost) return;
    this.#idle.push(execution);
  }

  /** Running statements are cancelled first: a backend that waits for a lock would not notice that nobody listens. */
  async close(running: readonly Execution[] = []): Promise<void> {
    this.#closed.abort();
    for (const execution of this.#all) execution.abandon();
    await this.#cancel(running.map(({ session }) => session).filter(({ isLost }) => !isLost));
    await Promise.all([...this.#all].map(({ session }) => session.close()));
  }

  /** One session does it for all, where their backends are known. */
  async #cancel(sessions: readonly TrafficSession[]): Promise<void> {
    const { connection } = this.#settings;
    const pids = sessions.flatMap(({ pid }) => pid ?? []);
    if (pids.length > 0) await cancelBackends(connection, pids).catch(() => undefined);
    await Promise.all(
      sessions.filter(({ pid }) => pid === undefined).map((session) => session.requestCancel()),
    );
  }

  async #open(): Promise<TrafficSession> {
    const { connection, workload, waits } = this.#settings;
    return await connectTraffic(connection, { settings: sessionSettings(workload.manners), waits });
  }

  #add(session: TrafficSession): void {
    const { workload, seed } = this.#settings;
    const execution = new Execution(session, { manners: workload.manners, seed });
    if (session.pid !== undefined) this.pids.add(session.pid);
    this.#all.add(execution);
    this.#idle.push(execution);
    session.onLost(() => {
      this.lost++;
      this.#all.delete(execution);
      void this.#replace();
    });
  }

  async #replace(): Promise<void> {
    const { clock, onFree } = this.#settings;
    for (let pause = FIRST_PAUSE; !this.#isClosed(); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await clock.sleep(milliseconds(pause), this.#closed.signal);
        const session = await this.#open();
        if (this.#isClosed()) {
          await session.close();
          return;
        }
        this.reconnects++;
        this.#add(session);
        onFree();
        return;
      } catch {
        // The server is still away, or the pool is closing: the loop's condition tells.
      }
    }
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }
}

const AT_A_TIME = 8;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/** What an application gives its sessions. */
export function sessionSettings(manners: Manners): Record<string, string> {
  const { isolation, statementTimeout, lockTimeout, idleInTransactionTimeout } = manners;
  const timeouts = {
    statement_timeout: statementTimeout,
    lock_timeout: lockTimeout,
    idle_in_transaction_session_timeout: idleInTransactionTimeout,
  };
  return {
    ...(isolation === undefined ? {} : { default_transaction_isolation: isolation }),
    ...Object.fromEntries(
      Object.entries(timeouts).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, `${value}ms`]],
      ),
    ),
  };
}
