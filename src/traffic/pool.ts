import { milliseconds } from '../units.ts';
import type { Clock } from '../clock.ts';
import { connect, type ConnectionSettings, type Session } from '../target/index.ts';
import type { TrafficPlan } from '../plan/index.ts';

import { Fifo } from './fifo.ts';
import type { ProgramSession } from './program.ts';

export interface PooledConnection extends ProgramSession {
  session: Session;
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
  readonly #connection: ConnectionSettings;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #onFree: () => void;
  readonly #idle = new Fifo<PooledConnection>();
  readonly #all = new Set<PooledConnection>();
  readonly #closed = new AbortController();

  private constructor(connection: ConnectionSettings, plan: TrafficPlan, clock: Clock, onFree: () => void) {
    this.#connection = connection;
    this.#settings = sessionSettings(plan);
    this.#clock = clock;
    this.#onFree = onFree;
  }

  /** `onFree`: a connection came back that nobody asked for at that moment. Throws `Failure('target.unavailable')`. */
  static async open(
    connection: ConnectionSettings,
    plan: TrafficPlan,
    clock: Clock,
    onFree: () => void,
  ): Promise<Pool> {
    const pool = new Pool(connection, plan, clock, onFree);
    try {
      // Few at a time: each is a fork of the server and a key derivation here.
      for (let opened = 0; opened < plan.connections; opened += 8) {
        const sessions = await Promise.all(
          Array.from({ length: Math.min(8, plan.connections - opened) }, () => pool.#open()),
        );
        for (const session of sessions) pool.#add(session);
      }
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  take(): PooledConnection | undefined {
    for (let connection = this.#idle.shift(); connection !== undefined; connection = this.#idle.shift()) {
      if (connection.session.isLost) continue;
      this.inUse++;
      return connection;
    }
    return undefined;
  }

  giveBack(connection: PooledConnection): void {
    this.inUse--;
    if (connection.session.isLost) return;
    this.#idle.push(connection);
  }

  /** Running statements are cut off. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#all].map(({ session }) => session.close()));
  }

  async #open(): Promise<Session> {
    return await connect(this.#connection, 'traffic', { settings: this.#settings, rawText: true });
  }

  #add(session: Session): void {
    const connection: PooledConnection = { session, generation: 0 };
    this.pids.add(session.pid);
    this.#all.add(connection);
    this.#idle.push(connection);
    session.onLost(() => {
      this.lost++;
      this.#all.delete(connection);
      void this.#replace();
    });
  }

  async #replace(): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#isClosed(); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await this.#clock.sleep(milliseconds(pause), this.#closed.signal);
        const session = await this.#open();
        if (this.#isClosed()) {
          session.destroy();
          return;
        }
        this.reconnects++;
        this.#add(session);
        this.#onFree();
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

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

function sessionSettings(plan: TrafficPlan): Record<string, string> {
  return {
    ...(plan.statementTimeout === undefined ? {} : { statement_timeout: `${plan.statementTimeout}ms` }),
    ...(plan.lockTimeout === undefined ? {} : { lock_timeout: `${plan.lockTimeout}ms` }),
  };
}
