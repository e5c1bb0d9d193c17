import type { ServerBuild } from './build.ts';
import type { ConnectionSettings } from './connection.ts';
import type { Home } from './home.ts';
import type { ServerExit } from './server.ts';
import type { ServerSettings } from './settings.ts';

export type { ServerExit } from './server.ts';

/** `empty` → `stopped` ⇄ `running`; `closed` from anywhere. */
export type InstanceState = 'empty' | 'stopped' | 'running' | 'closed';

/** A running server, reachable on 127.0.0.1 with a random password and nowhere else. */
export interface Server {
  /** As superuser, database `postgres`; `{ ...connection, database }` for another. */
  readonly connection: ConnectionSettings;
  /** Settles when the server has ended, whoever ended it; never rejects. */
  readonly exited: Promise<ServerExit>;
}

/** A private data directory and the server on it. It does not outlive this process, however that ends. */
export interface Instance extends AsyncDisposable {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly state: InstanceState;
  /** Makes a new cluster (initdb): UTF-8, locale C.UTF-8, every connection by password. From `empty` to `stopped`. */
  initialize(): Promise<void>;
  /** Copies the data directory of a stopped cluster and gives it a password of its own. From `empty` to `stopped`. */
  cloneFrom(dataDirectory: string, signal?: AbortSignal): Promise<void>;
  /**
   * From `stopped` to `running`; resolves when the server accepts connections. `Failure('usage')` names a setting that
   * the server refuses; otherwise `Failure('target.unavailable')` with the last lines of its log.
   */
  start(settings: ServerSettings, signal?: AbortSignal): Promise<Server>;
  /** Fast shutdown with its checkpoint: the data directory can be copied. No error when the server is gone already. */
  stop(): Promise<void>;
  /** Brings the files of the stopped cluster to the disk; needed once between load mode and measuring. */
  sync(): Promise<void>;
  /** Last lines of the server's log. */
  logTail(lines?: number): Promise<string>;
  /** Stops at once, removes the directory, lets the keeper go. Can be called again. */
  close(): Promise<void>;
}
