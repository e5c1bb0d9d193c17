import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure } from '../errors.ts';
import type { ServerBuild } from './build.ts';
import { changePassword, initializeCluster, newPassword, SUPERUSER, syncCluster } from './cluster.ts';
import type { ConnectionSettings } from './connection.ts';
import { copyOptions, copyTree } from './copy-tree.ts';
import type { Home } from './home.ts';
import type { Instance, InstanceState, Server } from './instance.ts';
import type { Keeper, KeeperTask } from './keep.ts';
import { lastLines } from './server-program.ts';
import { startServer, type RunningServer } from './server.ts';
import type { ServerSettings } from './settings.ts';
import { DATA_FOLDER, removeInstance, stopServerOf } from './stop-server.ts';

export interface InstancePlace {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly directory: string;
  /** Of the directory: an instance of one run goes with it, a seeding place stays for the next one. */
  readonly atEnd: KeeperTask;
}

/** The one implementation of `Instance`. */
export class PrivateInstance implements Instance {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #log: string;
  readonly #atEnd: KeeperTask;
  readonly #keeper: Keeper;
  readonly #password = newPassword();
  #state: InstanceState = 'empty';
  #server: RunningServer | undefined;
  #closing: Promise<void> | undefined;

  constructor({ home, build, directory, atEnd }: InstancePlace, keeper: Keeper) {
    this.home = home;
    this.build = build;
    this.directory = directory;
    this.dataDirectory = join(directory, DATA_FOLDER);
    this.#log = join(directory, 'server.log');
    this.#atEnd = atEnd;
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

  /**
   * Takes the cluster that a harness before this one left in the directory, whatever state its server was in: the change
   * of the password starts it by itself, which recovers it. From `empty` to `stopped`.
   */
  async adopt(): Promise<void> {
    this.#require('empty', 'adopt a cluster for');
    await stopServerOf(this.dataDirectory, 'discard');
    // Its pid may be somebody else's by now, for whom the server would take it.
    await rm(join(this.dataDirectory, 'postmaster.pid'), { force: true });
    await changePassword(this.#cluster, this.#password);
    this.#state = 'stopped';
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
    this.#closing ??= this.#end();
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

  async #end(): Promise<void> {
    this.#state = 'closed';
    try {
      await this.#server?.stop('discard');
      if (this.#atEnd === 'remove') await removeInstance(this.directory);
      else await stopServerOf(this.dataDirectory, 'discard');
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
