import type { Milliseconds } from '../units.ts';
import type { Purpose } from './connection.ts';
import type { LockWaitLog } from './lock-wait-log.ts';
import type { Row } from './row.ts';

export interface QueryResult {
  readonly rows: readonly Row[];
  /** Rows returned or changed; 0 for commands that count none. */
  readonly rowCount: number;
  /** Command tag without its counts: `SELECT`, `INSERT`, `ALTER`. */
  readonly command: string;
}

/** What the server said besides its answers: notices, warnings, log lines asked for by `client_min_messages`. */
export interface Notice {
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
}

/**
 * One pinned connection. Errors of the server pass as they are (`sqlStateOf`); after a loss every call rejects
 * with `LostConnection`, which has no SQLSTATE. One call at a time: await it before the next.
 */
export interface Session extends AsyncDisposable {
  readonly purpose: Purpose;
  /** Process id of the backend, as in `pg_stat_activity.pid` and `pg_locks.pid`. */
  readonly pid: number;
  readonly isLost: boolean;
  /** Without values the simple protocol, so `sql` may hold several statements; the last result counts. */
  query(sql: string, values?: readonly unknown[]): Promise<QueryResult>;
  /** A named prepared statement: parsed at its first use on this session, bound and executed afterwards. */
  execute(name: string, sql: string, values: readonly unknown[]): Promise<QueryResult>;
  /**
   * Runs a `COPY … FROM STDIN` with the chunks as its data; resolves to the number of rows. A chunk
   * belongs to the session until the source is asked for the next but one. An error of the source fails the COPY and
   * rejects with that error.
   */
  copyIn(sql: string, source: AsyncIterable<Buffer>): Promise<number>;
  onNotice(listener: (notice: Notice) => void): void;
  /** Called once when the connection breaks, also while idle; at once when it already has. Not called for `close`. */
  onLost(listener: (reason: Error) => void): void;
  /** Never rejects and never hangs: what does not end politely in 2 s is cut. A running statement is cut at once. */
  close(): Promise<void>;
  /** Cuts the connection. The server notices at its next write or read: cancel a long statement first. */
  destroy(): void;
}

export interface ConnectOptions {
  /** Session defaults such as `lock_timeout`, sent in the start-up packet (manual, 20.1.3). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether no time-out of the server's or the role's holds for it (untimed.ts); absent: as its purpose says. */
  readonly isUntimed?: boolean;
  readonly timeout?: Milliseconds;
  /** Hears what the server tells this session of its lock waits. */
  readonly waits?: LockWaitLog;
}
