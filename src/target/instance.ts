import { chown, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure } from '../errors.ts';
import type { ServerBuild } from './build.ts';
import { changePassword, initializeCluster, newPassword, SUPERUSER, syncCluster } from './cluster.ts';
import type { ConnectionSettings } from './connection.ts';
import { copyOptions, copyTree } from './copy-tree.ts';
import type { Home } from './home.ts';
import { startKeeper, type Keeper } from './keep.ts';
import { ownedName } from './owner.ts';
import { lastLines } from './server-program.ts';
import { startServer, type RunningServer, type ServerExit } from './server.ts';
import type { ServerSettings } from './settings.ts';
import { DATA_FOLDER, removeInstance } from './stop-server.ts';
import { sweep } from './sweep.ts';

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

/** Also removes what dead harnesses left behind. Throws `Failure('target.unavailable')`. */
export async function createInstance(home: Home, build: ServerBuild): Promise<Instance> {
  await sweep(home);
  const directory = join(home.instances, ownedName());
  await mkdir(directory, { mode: 0o700 });
  if (home.serverUser.kind === 'other') await chown(directory, home.serverUser.uid, home.serverUser.gid);
  try {
    return new PrivateInstance(home, build, directory, await startKeeper(directory));
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

class PrivateInstance implements Instance {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #log: string;
  readonly #keeper: Keeper;
  readonly #password = newPassword();
  #state: InstanceState = 'empty';
  #server: RunningServer | undefined;
  #closing: Promise<void> | undefined;

  constructor(home: Home, build: ServerBuild, directory: string, keeper: Keeper) {
    this.home = home;
    this.build = build;
    this.directory = directory;
    this.dataDirectory = join(directory, DATA_FOLDER);
    this.#log = join(directory, 'server.log');
    this.#keeper = keeper;
  }

  get state(): InstanceState {
    return this.#state;
  }

  async initialize(): Promise<void> {
    this.#require('empty', 'initialize');
    await initializeCluster(this.#cluster, this.#password, join(this.directory, 'password'));
    this.#state = 'stopped';
  }

  async cloneFrom(dataDirectory: string, signal?: AbortSignal): Promise<void> {
    this.#require('empty', 'clone into');
    try {
      await copyTree(dataDirectory, this.dataDirectory, copyOptions(this.home.serverUser, signal));
      await changePassword(this.#cluster, this.#password);
      this.#state = 'stopped';
    } catch (error) {
      // Still `empty`, so that the caller can fill it in another way.
      await rm(this.dataDirectory, { recursive: true, force: true });
      throw error;
    }
  }

  async start(settings: ServerSettings, signal?: AbortSignal): Promise<Server> {
    this.#require('stopped', 'start');
    const place = { ...this.#cluster, configuration: join(this.directory, 'server.conf'), log: this.#log };
    const server = await startServer(place, settings, signal);
    this.#server = server;
    this.#state = 'running';
    return { connection: this.#connectionAt(server.port), exited: server.exited };
  }

  async stop(): Promise<void> {
    this.#require('running', 'stop');
    await this.#server?.stop('clean');
    this.#state = 'stopped';
  }

  async sync(): Promise<void> {
    this.#require('stopped', 'sync');
    await syncCluster(this.#cluster);
  }

  async logTail(lines = 20): Promise<string> {
    return lastLines(await readFile(this.#log, 'utf8').catch(() => ''), lines);
  }

  close(): Promise<void> {
    this.#closing ??= this.#remove();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #cluster(): { build: ServerBuild; user: Home['serverUser']; dataDirectory: string } {
    return { build: this.build, user: this.home.serverUser, dataDirectory: this.dataDirectory };
  }

  #connectionAt(port: number): ConnectionSettings {
    return { host: '127.0.0.1', port, database: 'postgres', user: SUPERUSER, password: this.#password };
  }

  async #remove(): Promise<void> {
    this.#state = 'closed';
    try {
      await this.#server?.stop('discard');
      await removeInstance(this.directory);
    } finally {
      await this.#keeper.release();
    }
  }

  #require(expected: InstanceState, action: string): void {
    if (this.#state === expected) return;
    throw new Failure('bug', {
      message: `cannot ${action} an instance that is ${this.#state}, expected ${expected}`,
      where: this.directory,
    });
  }
}
