import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import pg from 'pg';

import type { ConnectionSettings } from '#rooms/target/index.js';

/* Clients that are not ours. */

export async function client(address: ConnectionSettings, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const { host, port, database, user, password } = address;
  const opened = new pg.Client({ host, port, database, user, password, ...options });
  await opened.connect();
  return opened;
}

/** As libpq does: a connection that says nothing else (manual, 55.2.10). */
export async function cancel({ host, port }: ConnectionSettings, it: pg.Client): Promise<void> {
  const { processID, secretKey } = it as unknown as { processID: number; secretKey: number };
  const packet = Buffer.alloc(16);
  for (const [at, value] of [16, 80_877_102, processID, secretKey].entries())
    packet.writeInt32BE(value, 4 * at);
  const socket = connect(port, host);
  socket.write(packet);
  socket.resume();
  await once(socket, 'close');
}

type Part = string | Buffer;

/** Says what it is told to, message by message, and waits for as many ReadyForQuery as it has asked for. */
export class RawClient {
  readonly rows: string[] = [];
  copied = 0;
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  readonly #ready: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk)).on('error', () => undefined);
  }

  /** On a connection that `pg` has opened. */
  static async open(address: ConnectionSettings): Promise<RawClient> {
    const { connection } = (await client(address)) as unknown as { connection: { stream: Socket } };
    connection.stream.removeAllListeners();
    return new RawClient(connection.stream);
  }

  async query(text: string): Promise<void> {
    const ready = this.#nextReady();
    this.begin(text);
    await ready;
  }

  begin(text: string): void {
    this.#socket.write(frame('Q', `${text}\0`));
  }

  async send(...messages: readonly (readonly [string, ...Part[]])[]): Promise<void> {
    const ready = this.#nextReady();
    this.#socket.write(Buffer.concat(messages.map(([type, ...parts]) => frame(type, ...parts))));
    await ready;
  }

  close(): void {
    this.#socket.destroy();
  }

  #nextReady(): Promise<void> {
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 5 && this.#unread.length > this.#unread.readInt32BE(1)) {
      const length = this.#unread.readInt32BE(1) + 1;
      const message = this.#unread.subarray(0, length);
      this.#unread = this.#unread.subarray(length);
      const type = String.fromCharCode(message[0]!);
      if (type === 'D') this.rows.push(message.toString('utf8', 11));
      if (type === 'd') this.copied += length - 5;
      if (type === 'Z') this.#ready.shift()?.();
    }
  }
}

function frame(type: string, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
