import { PostgreSqlContainer } from '@testcontainers/postgresql';

import { Failure, messageOf } from '../../errors.ts';
import type { ConnectionSettings } from '../connection.ts';
import { ownedName } from '../owner.ts';
import { lastLines } from '../server-program.ts';
import type { ServerExit } from '../server.ts';
import { commandLineOf, type ServerSettings } from '../settings.ts';
import { refusalOf, statusOf, type Container, type Engine } from './engine.ts';
import { howItEnded } from './exit.ts';
import { nameOf, type ContainerImage } from './image.ts';
import { NAME_PREFIX, ownerLabels } from './labels.ts';
import type { ContainerWishes } from './limits.ts';
import { logOf } from './log.ts';
import { Readiness } from './readiness.ts';

/** As in every server of ours. */
const SUPERUSER = 'postgres';
const PORT = 5432;

export interface ServerOrder {
  readonly image: ContainerImage;
  /** Of the container. */
  readonly name: string;
  /** The data: a volume that is there, or a new one that this process owns. */
  readonly volume: string;
  readonly database: string;
  readonly password: string;
  readonly settings: ServerSettings;
  readonly wishes: ContainerWishes;
  readonly signal: AbortSignal;
  /** Between making the container and starting it: the name is ours then. `NotStarted` is handed on. */
  readonly beforeStart?: () => Promise<void>;
}

/** A server in a container that goes with this process. */
export interface ContainerServer extends AsyncDisposable {
  readonly connection: ConnectionSettings;
  /** Settles when the container has ended, whoever ended it; never rejects. */
  readonly exited: Promise<ServerExit>;
  log(): Promise<string>;
  /** Last lines of the log. */
  logTail(lines?: number): Promise<string>;
  /** Fast shutdown with its checkpoint: the volume can be copied. Throws `Failure('target.lost')` where that did not come off. */
  stop(): Promise<void>;
}

/** Under a name of its own. Rejects as `startContainerServer` does. */
export const startRunServer = (
  engine: Engine,
  order: Omit<ServerOrder, 'name' | 'beforeStart'>,
): Promise<ContainerServer> =>
  startContainerServer(engine, { ...order, name: `${NAME_PREFIX}${ownedName()}` });

/**
 * Starts a server and waits until it takes connections. Throws `Failure('usage')` for a setting or an environment that it does not like,
 * else `Failure('target.unavailable')` with the last lines of its log; the signal's reason; or `NameTaken`.
 */
export async function startContainerServer(engine: Engine, order: ServerOrder): Promise<ContainerServer> {
  const { image, database, password, signal } = order;
  const connection = { database, user: SUPERUSER, password };
  const readiness = new Readiness({ engine, order, connection });
  const container = new ServerContainer(engine, order);
  container.withWaitStrategy(readiness);
  try {
    const started = await container.start();
    const handle = engine.docker.getContainer(started.getId());
    return new Running(handle, { ...connection, host: engine.host, port: started.getPort() }, order);
  } catch (error) {
    if (container.id !== undefined)
      await engine.docker
        .getContainer(container.id)
        .remove({ force: true, v: true })
        .catch(() => undefined);
    signal.throwIfAborted();
    if (container.id === undefined && statusOf(error) === 409) throw new NameTaken(order.name);
    throw error instanceof Failure || error instanceof NotStarted ? error : startFailure(image, error);
  }
}

/** What made its `beforeStart` give up. */
export class NotStarted extends Error {}

/** Another container has the name. */
export class NameTaken extends NotStarted {}

function startFailure(image: ContainerImage, error: unknown): Failure {
  const reason = statusOf(error) === undefined ? messageOf(error) : refusalOf(error);
  return new Failure('target.unavailable', {
    message: `a container of ${image.reference} does not start: ${reason}`,
    hint: /executable file not found|no command specified/i.test(reason)
      ? 'it has to be an image of PostgreSQL that starts as the official one does: postgres with its options as the command'
      : /memory/i.test(reason)
        ? 'give it more memory: container.memory in the scenario'
        : 'see what docker run says of it',
    cause: error,
  });
}

class ServerContainer extends PostgreSqlContainer {
  id: string | undefined;
  readonly #beforeStart: (() => Promise<void>) | undefined;

  constructor(engine: Engine, order: ServerOrder) {
    const { image, name, volume, database, password, settings, wishes } = order;
    super(nameOf(image.reference));
    this.#beforeStart = order.beforeStart;
    this.withName(name)
      .withDatabase(database)
      .withUsername(SUPERUSER)
      .withPassword(password)
      .withEnvironment({ ...wishes.environment })
      .withLabels(ownerLabels())
      // Its log is read, so it must be kept where it can be read.
      .withDefaultLogDriver()
      // Ryuk would do it, and has to be pulled: we do it ourselves.
      .withAutoCleanup(false)
      .withCommand(['postgres', ...commandLineOf(settings), ...REACHABLE]);
    // Else a program in the container would ask the server four times a second whether it is well.
    this.healthCheck = { test: ['CMD', 'true'] };
    this.createOpts.Healthcheck = { Test: ['NONE'] };
    this.hostConfig = {
      ...this.hostConfig,
      ...resources(wishes),
      ...mounts(image, volume),
      ...ports(engine),
    };
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.id = id;
    await this.#beforeStart?.();
  }
}

/** What the harness needs to reach the server and to read its log; nobody else may set these. */
const REACHABLE = [
  ...['-c', 'listen_addresses=*'],
  ...['-c', 'log_destination=stderr'],
  ...['-c', 'logging_collector=off'],
];

/** Without swap, as where production runs: beyond the limit a process is killed. */
const resources = ({ cpus, memory, sharedMemory }: ContainerWishes) => ({
  ShmSize: sharedMemory,
  ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
  ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
});

const mounts = (image: ContainerImage, volume: string) => ({
  Binds: [`${volume}:${image.data.mount}`],
});

/** Nobody else shall reach it; where the engine is on another machine, its address is all there is. */
const ports = ({ host }: Engine) => ({
  PortBindings: {
    [`${PORT}/tcp`]: [{ HostPort: '0', ...(host === '127.0.0.1' ? { HostIp: host } : {}) }],
  },
});

class Running implements ContainerServer {
  readonly connection: ConnectionSettings;
  readonly exited: Promise<ServerExit>;
  readonly #container: Container;
  #stopping = false;

  constructor(container: Container, connection: ConnectionSettings, { wishes }: ServerOrder) {
    this.#container = container;
    this.connection = connection;
    this.exited = container.wait().then(
      async () => {
        if (this.#stopping) return { kind: 'stopped' };
        return { kind: 'died', how: await howItEnded(container, wishes) };
      },
      (error: unknown) =>
        this.#stopping
          ? { kind: 'stopped' }
          : { kind: 'died', how: `its container is gone (${refusalOf(error)})` },
    );
  }

  log(): Promise<string> {
    return logOf(this.#container);
  }

  async logTail(lines = 20): Promise<string> {
    return lastLines(await this.log(), lines);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#container.kill({ signal: 'SIGINT' }).catch(() => undefined);
    await this.exited;
    const { State } = await this.#container.inspect();
    if (State.ExitCode === 0) return;
    throw new Failure('target.lost', {
      message: `the server did not shut down in order: exit code ${State.ExitCode}\n${await this.logTail()}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#container.remove({ force: true, v: true }).catch(() => undefined);
  }
}
