import type { BoundPorts, WaitStrategy } from 'testcontainers';

import { systemClock } from '../../clock.ts';
import { Failure, messageOf } from '../../errors.ts';
import { after, formatDuration, milliseconds } from '../../units.ts';
import { connect } from '../connect.ts';
import { displayAddress, type ConnectionSettings } from '../connection.ts';
import { sqlStateOf } from '../error-class.ts';
import { lastLines } from '../server-program.ts';
import { settingComplaint } from '../server.ts';
import type { Container, Engine } from './engine.ts';
import { howItEnded } from './exit.ts';
import { logOf } from './log.ts';
import type { ServerOrder } from './server.ts';

const POLL = milliseconds(50);
const ATTEMPT = milliseconds(5_000);
/** Lines of its log; a report shows no more of a message. */
const LAST_WORDS = 6;

export interface ReadinessInput {
  readonly engine: Engine;
  readonly order: ServerOrder;
  readonly connection: Omit<ConnectionSettings, 'host' | 'port'>;
}

/** Ready is who takes a connection of ours: needs no program in the image, and tells at once when the container has ended. */
export class Readiness implements WaitStrategy {
  readonly #input: ReadinessInput;

  constructor(input: ReadinessInput) {
    this.#input = input;
  }

  async waitUntilReady(container: Container, ports: BoundPorts): Promise<void> {
    const { engine, order, connection } = this.#input;
    const address = { ...connection, host: engine.host, port: ports.getFirstBinding() };
    const deadline = after(systemClock.now(), order.wishes.startTimeout);
    for (;;) {
      order.signal.throwIfAborted();
      const attempt = await tryConnection(address);
      if (attempt.kind === 'connected') return;
      if (await hasEnded(container)) throw await ended(container, order);
      if (attempt.kind === 'refused') throw refused(order, attempt.error);
      if (systemClock.now() > deadline) throw await tooLate(container, { order, address, ...attempt });
      await systemClock.sleep(POLL, order.signal);
    }
  }

  /** The order has it. */
  withStartupTimeout(): this {
    return this;
  }

  isStartupTimeoutSet(): boolean {
    return true;
  }

  getStartupTimeout(): number {
    return this.#input.order.wishes.startTimeout;
  }
}

type Attempt =
  | { readonly kind: 'connected' }
  /** By the server itself, for good. */
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'not-yet'; readonly error: unknown };

/** Invalid password or role, no such database: not what the environment of the container asked for. */
const FOR_GOOD = /^(?:28|3D)/;

async function tryConnection(address: ConnectionSettings): Promise<Attempt> {
  try {
    const session = await connect(address, 'audit', { timeout: ATTEMPT });
    await session.close();
    return { kind: 'connected' };
  } catch (error) {
    return { kind: FOR_GOOD.test(sqlStateOf(error) ?? '') ? 'refused' : 'not-yet', error };
  }
}

const hasEnded = async (container: Container): Promise<boolean> =>
  await container.inspect().then(
    ({ State }) => !State.Running,
    () => true,
  );

async function ended(container: Container, { image, wishes }: ServerOrder): Promise<Failure> {
  const log = await logOf(container);
  const complaint = settingComplaint(log);
  if (complaint !== undefined)
    return new Failure('usage', { message: `the server does not accept a setting: ${complaint}` });
  const how = await howItEnded(container, wishes);
  return new Failure('target.unavailable', {
    message: `the container of ${image.reference} ended before its server took connections: ${how}\n${lastLines(log, LAST_WORDS)}`,
    hint: /out of memory|could not map anonymous shared memory|Cannot allocate memory/.test(`${how}\n${log}`)
      ? 'give it more memory (container.memory in the scenario), or its server smaller shared_buffers'
      : 'is it an image of PostgreSQL that takes POSTGRES_PASSWORD, and options of postgres as its command?',
  });
}

const refused = ({ image }: ServerOrder, error: unknown): Failure =>
  new Failure('target.unavailable', {
    message: `the server of ${image.reference} does not know what its container was given: ${messageOf(error)}`,
    hint: 'expected an image that makes the role of POSTGRES_USER, its POSTGRES_PASSWORD and the database of POSTGRES_DB, as the official one does',
    cause: error,
  });

interface Lateness {
  readonly order: ServerOrder;
  readonly address: ConnectionSettings;
  readonly error: unknown;
}

async function tooLate(container: Container, { order, address, error }: Lateness): Promise<Failure> {
  const log = await logOf(container);
  const isUp = /database system is ready to accept connections/.test(log);
  return new Failure('target.unavailable', {
    message: `no connection to the server of ${order.image.reference} within ${formatDuration(order.wishes.startTimeout)}: ${messageOf(error)}\n${lastLines(log, LAST_WORDS)}`,
    where: displayAddress(address),
    hint: isUp
      ? 'its log says that it is up, so its port can not be reached: it has to listen on 5432, and TESTCONTAINERS_HOST_OVERRIDE names the host where the engine puts ports'
      : 'is it an image of PostgreSQL? A slow one gets more time by container.start_timeout',
    cause: error,
  });
}
