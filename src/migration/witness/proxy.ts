import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { messageOf } from '../../errors.ts';
import {
  cancelBackends,
  openStream,
  passwordFor,
  type ConnectionSettings,
  type LockWaitLog,
} from '../../target/index.ts';
import type { Milliseconds } from '../../units.ts';

import { Passage } from './passage.ts';
import {
  asksForLog,
  isReplication,
  readFirstPacket,
  startupPacket,
  withOptions,
  type FirstPacket,
  type Parameters,
} from './startup.ts';
import type { WitnessedStatement } from './statement.ts';

export interface ProxyInput {
  readonly connection: ConnectionSettings;
  /** Options of a session of this user, as in `PGOPTIONS`. */
  readonly options: (user: string) => string;
  readonly now: () => Milliseconds;
  readonly waits: LockWaitLog;
  /** What its sessions are asked. */
  readonly inquiry: Buffer;
  readonly onSession: (pid: number) => void;
  readonly onStatement: (statement: WitnessedStatement) => void;
}

/** NO to encryption: its connections do not leave this machine. */
const NO = Buffer.from('N');
/** For a backend that was cancelled to say so. */
const GRACE = 2_000;
const FAREWELL = 500;
const STEP = 20;

/** A door of its own to the database. Many may come in at once. */
export class Proxy {
  readonly #input: ProxyInput;
  readonly #server: Server;
  readonly #passages = new Set<Passage>();
  readonly #sockets = new Set<Socket>();
  #isClosing = false;

  private constructor(input: ProxyInput) {
    this.#input = input;
    this.#server = createServer({ noDelay: true }, (client) => this.#receive(client));
  }

  static async open(input: ProxyInput): Promise<Proxy> {
    const proxy = new Proxy(input);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** For a client on this machine. */
  get connection(): ConnectionSettings {
    // By an address that the tool does not know it could not look its password up.
    const { database, user } = this.#input.connection;
    const password = passwordFor(this.#input.connection);
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { host: '127.0.0.1', port, database, user, password };
  }

  /** Backends of the sessions that their clients have not ended after a moment; the last words of a client may come after its exit. */
  async stayed(): Promise<readonly number[]> {
    for (let waited = 0; waited < FAREWELL && this.#passages.size > 0; waited += STEP) await pause(STEP);
    return [...this.#passages].flatMap(({ pid }) => pid ?? []);
  }

  /** Nobody comes in any more, and what still runs is cancelled. Never rejects. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#server.close();
    const busy = [...this.#passages].flatMap(({ pid, isBusy }) => (isBusy && pid !== undefined ? [pid] : []));
    if (busy.length > 0) await cancelBackends(this.#input.connection, busy).catch(() => undefined);
    const open = [...this.#sockets].filter((socket) => !socket.closed);
    for (const socket of open) socket.end();
    const gone = Promise.all(open.map((socket) => once(socket, 'close')));
    const late = setTimeout(() => open.forEach((socket) => socket.destroy()), GRACE);
    await gone.catch(() => undefined);
    clearTimeout(late);
  }

  /** Until it is known what the client wants. */
  #receive(client: Socket): void {
    this.#keep(client);
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      for (let first = readFirstPacket(read); first !== undefined; first = readFirstPacket(read)) {
        read = read.subarray(first.length);
        if (first.packet.kind === 'encryption') {
          client.write(NO);
          continue;
        }
        client.off('data', onData);
        client.pause();
        void this.#admit(client, first.packet, read);
        return;
      }
    };
    client.on('data', onData);
  }

  async #admit(client: Socket, packet: FirstPacket, rest: Buffer): Promise<void> {
    if (packet.kind === 'foreign' || packet.kind === 'encryption' || this.#isClosing) {
      client.destroy();
      return;
    }
    let server: Socket;
    try {
      server = await openStream(this.#input.connection);
    } catch {
      client.destroy();
      return;
    }
    this.#keep(server);
    if (packet.kind === 'cancel') {
      // The answer is that the connection is closed.
      server.on('close', () => client.destroy()).resume();
      server.end(packet.packet);
      client.resume();
      return;
    }
    this.#connect(client, server, packet);
    if (rest.length > 0) client.unshift(rest);
    client.resume();
  }

  #connect(client: Socket, server: Socket, { version, parameters }: FirstPacket & { kind: 'startup' }): void {
    if (isReplication(parameters)) {
      server.write(startupPacket(version, parameters));
      client.pipe(server);
      server.pipe(client);
      return;
    }
    const { options, ...input } = this.#input;
    const passage = new Passage({ ...input, client, server, wantsLog: wantsLog(parameters) });
    this.#passages.add(passage);
    server.write(startupPacket(version, withOptions(parameters, options(parameters.get('user') ?? ''))));
    const over = (why: string) => (): void => {
      passage.ended(why);
      this.#passages.delete(passage);
    };
    // Whoever ends first, the other one learns of it after what was said before.
    client.on('end', () => server.end()).on('close', () => server.end());
    server
      .on('end', () => client.end())
      .on('close', over('the connection was closed'))
      .on('close', () => client.end());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A connection that breaks is no error of ours; `close` follows.
    socket.on('error', (error) => void messageOf(error)).on('close', () => this.#sockets.delete(socket));
  }
}

function wantsLog(parameters: Parameters): boolean {
  return asksForLog([...parameters].map(([name, value]) => `${name}=${value}`).join(' '));
}
