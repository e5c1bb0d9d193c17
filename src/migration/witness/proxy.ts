import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { messageOf } from '../../errors.ts';
import {
  cancelBackends,
  logIn,
  newPassword,
  openStream,
  type ConnectionSettings,
  type LockWaitLog,
} from '../../target/index.ts';
import type { Milliseconds } from '../../units.ts';

import { admits, turnAway, type Entry } from './entry.ts';
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
  /** Of its sessions, as in `PGOPTIONS`. */
  readonly options: string;
  readonly now: () => Milliseconds;
  readonly waits: LockWaitLog;
  /** What its sessions are asked. */
  readonly inquiry: Buffer;
  readonly onSession: (pid: number) => void;
  readonly onStatement: (statement: WitnessedStatement) => void;
}

type Startup = FirstPacket & { readonly kind: 'startup' };

/** NO to encryption: its connections do not leave this machine. */
const NO = Buffer.from('N');
/** To show that one may come in: as long as a server waits (authentication_timeout). */
const PATIENCE = 60_000;
/** For a backend that was cancelled to say so. */
const GRACE = 2_000;
const FAREWELL = 500;
const STEP = 20;
const CONNECTION_FAILURE = '08006';

/**
 * A door of its own to the database, with a password of its own: every user of this machine can knock at it, and who comes in is logged in
 * as the harness itself, whatever the server knows that by. Many may come in at once.
 */
export class Proxy {
  readonly #input: ProxyInput;
  readonly #server: Server;
  readonly #entry: Entry;
  readonly #passages = new Set<Passage>();
  readonly #sockets = new Set<Socket>();
  /** Clients that have not shown that they may come in. */
  readonly #strangers = new Set<Socket>();
  #isClosing = false;
  #insistsOnEncryption = false;

  private constructor(input: ProxyInput) {
    this.#input = input;
    const { user, database } = input.connection;
    this.#entry = { user, database, password: newPassword() };
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
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { host: '127.0.0.1', port, ...this.#entry };
  }

  /** Whether somebody left when he heard that there is none; who would take it or leave it may come in without. */
  get insistsOnEncryption(): boolean {
    return this.#insistsOnEncryption;
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
    for (const stranger of this.#strangers) stranger.destroy();
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
    const late = setTimeout(() => client.destroy(), PATIENCE);
    this.#strangers.add(client);
    const isKnown = (): void => {
      clearTimeout(late);
      this.#strangers.delete(client);
    };
    let isRefused = false;
    client.on('close', isKnown).on('close', () => (this.#insistsOnEncryption ||= isRefused));
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      for (let first = readFirstPacket(read); first !== undefined; first = readFirstPacket(read)) {
        read = read.subarray(first.length);
        isRefused = first.packet.kind === 'encryption';
        if (first.packet.kind === 'encryption') {
          client.write(NO);
          continue;
        }
        client.off('data', onData);
        client.pause();
        if (read.length > 0) client.unshift(read);
        // Whoever breaks off meanwhile does not matter to anybody else.
        this.#admit(client, first.packet, isKnown).catch(() => client.destroy());
        return;
      }
    };
    client.on('data', onData);
  }

  async #admit(client: Socket, packet: FirstPacket, isKnown: () => void): Promise<void> {
    if (packet.kind === 'foreign' || packet.kind === 'encryption' || this.#isClosing) {
      client.destroy();
    } else if (packet.kind === 'cancel') {
      await this.#passOn(client, packet.packet);
    } else if (await admits(client, packet.parameters, this.#entry)) {
      isKnown();
      await this.#logIn(client, packet);
    }
  }

  /** Needs no password: it names its session by a secret of the server's. */
  async #passOn(client: Socket, cancel: Buffer): Promise<void> {
    const server = await openStream(this.#input.connection);
    this.#keep(server);
    // The answer is that the connection is closed.
    server.on('close', () => client.destroy()).resume();
    server.end(cancel);
    client.resume();
  }

  async #logIn(client: Socket, startup: Startup): Promise<void> {
    const { connection, options } = this.#input;
    const { version, parameters } = startup;
    const own = isReplication(parameters) ? parameters : withOptions(parameters, options);
    let server: Socket | undefined;
    try {
      server = await openStream(connection);
      this.#keep(server);
      const { isIn, said } = await logIn(server, startupPacket(version, own), connection);
      const isWanted = isIn && !client.destroyed && !this.#isClosing;
      if (isWanted) {
        client.write(said);
        this.#connect(client, server, startup);
      } else {
        server.destroy();
        client.end(said);
      }
    } catch (error) {
      server?.destroy();
      turnAway(client, { sqlState: CONNECTION_FAILURE, message: messageOf(error) });
    }
    client.resume();
  }

  #connect(client: Socket, server: Socket, { parameters }: Startup): void {
    if (isReplication(parameters)) {
      client.pipe(server);
      server.pipe(client);
      return;
    }
    const passage = new Passage({ ...this.#input, client, server, wantsLog: wantsLog(parameters) });
    this.#passages.add(passage);
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
    server.resume();
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
