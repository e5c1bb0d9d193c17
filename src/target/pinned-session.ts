import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';

import pg from 'pg';

import { Failure, messageOf } from '../errors.ts';
import { milliseconds } from '../units.ts';
import {
  applicationName,
  CONNECT_TIMEOUT,
  displayAddress,
  type ConnectionSettings,
  type Purpose,
} from './connection.ts';
import { CopyIn } from './copy-in.ts';
import { LostConnection, sqlStateOf } from './error-class.ts';
import type { LockWaitLog } from './lock-wait-log.ts';
import { openingFailure } from './opening-failure.ts';
import { passwordFor } from './password-file.ts';
import type { Row } from './row.ts';
import type { CancelKey } from './cancel-request.ts';
import type { ConnectOptions, Notice, QueryResult, Session } from './session.ts';
import { saidBy } from './server-failure.ts';
import { startupOptions } from './settings.ts';
import { tlsOptions } from './tls.ts';
import { isOwn, UNTIMED, UNTIMED_TRANSACTIONS } from './untimed.ts';

const CLOSE_GRACE = milliseconds(2_000);

/** A session whose stream somebody else may take over. Throws `Failure('target.unavailable')`. */
export async function openPinned(
  settings: ConnectionSettings,
  purpose: Purpose,
  options: ConnectOptions,
  socket: Socket,
): Promise<PinnedSession> {
  const isUntimed = settings.isPooled !== true && (options.isUntimed ?? isOwn(purpose));
  const { session: common, isPooled, ...place } = settings;
  const started = { ...(isUntimed ? UNTIMED : {}), ...common, ...options.settings };
  const client = new pg.Client({
    ...clientConfiguration(place),
    application_name: applicationName(purpose),
    // PgBouncer refuses the connection otherwise (before 1.20 any options, then those that it does not follow).
    options: isPooled === true ? undefined : startupOptions(started),
    ...(options.timeout === undefined ? {} : { connectionTimeoutMillis: options.timeout }),
    stream: () => socket,
  });
  const session = new PinnedSession(client, socket, {
    purpose,
    address: displayAddress(settings),
    waits: options.waits,
  });
  try {
    await client.connect();
    if (isUntimed) await client.query(UNTIMED_TRANSACTIONS(session.pid));
    return session;
  } catch (error) {
    session.destroy();
    throw openingFailure(error, purpose, settings);
  }
}

function clientConfiguration(settings: ConnectionSettings): pg.ClientConfig {
  const { address, tls, connectTimeout = CONNECT_TIMEOUT, ...place } = settings;
  return {
    ...place,
    // `pg` would look into the password file for the address.
    ...(address === undefined ? {} : { host: address, password: passwordFor(settings) }),
    client_encoding: 'UTF8',
    ssl: tls === undefined ? false : tlsOptions(place.host, tls),
    keepAlive: true,
    connectionTimeoutMillis: connectTimeout,
  };
}

interface Facts {
  readonly purpose: Purpose;
  /** For messages. */
  readonly address: string;
  readonly waits: LockWaitLog | undefined;
}

export class PinnedSession implements Session {
  readonly purpose: Purpose;
  readonly #address: string;
  readonly #client: pg.Client;
  readonly #socket: Socket;
  /** The socket, or with TLS the stream on top of it, once it is open and was taken over. */
  #stream: Socket;
  readonly #lostListeners: ((reason: Error) => void)[] = [];
  readonly #waits: LockWaitLog | undefined;
  #lost: Error | undefined;
  #closing = false;

  constructor(client: pg.Client, socket: Socket, { purpose, address, waits }: Facts) {
    this.purpose = purpose;
    this.#address = address;
    this.#waits = waits;
    this.#client = client;
    this.#socket = this.#stream = socket;
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('the server closed the connection')));
    if (waits === undefined) return;
    client.on('notice', ({ severity, message = '' }) => {
      if (severity === 'LOG') waits.heard(message);
    });
  }

  get pid(): number {
    return processIdOf(this.#client);
  }

  /** What a CancelRequest names it by; behind a pooler the pooler's own. */
  get cancelKey(): CancelKey {
    const secret: unknown = Reflect.get(this.#client, 'secretKey');
    return { pid: this.pid, secret: typeof secret === 'number' ? secret : 0 };
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  async query(sql: string, values?: readonly unknown[]): Promise<QueryResult> {
    return await this.#answer(
      sql,
      values === undefined ? this.#client.query<Row>(sql) : this.#client.query<Row>(sql, [...values]),
    );
  }

  async execute(name: string, text: string, values: readonly unknown[]): Promise<QueryResult> {
    return await this.#answer(text, this.#client.query<Row>({ name, text, values: [...values] }));
  }

  async copyIn(sql: string, source: AsyncIterable<Buffer>): Promise<number> {
    if (!/^\s*COPY\b[^]*\bFROM\s+STDIN\b/i.test(sql)) {
      throw new Failure('bug', { message: `expected COPY … FROM STDIN, found ${JSON.stringify(sql)}` });
    }
    try {
      return await this.#client.query(new CopyIn(sql, source, streamOf(this.#client))).rowCount;
    } catch (error) {
      throw this.#told(error);
    }
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#client.on('notice', ({ severity, code, message }) => {
      listener({ severity: severity ?? '', sqlState: code ?? '', message: message ?? '' });
    });
  }

  onLost(listener: (reason: Error) => void): void {
    if (this.#lost === undefined) this.#lostListeners.push(listener);
    else listener(this.#lost);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const cut = setTimeout(() => this.#socket.destroy(), CLOSE_GRACE);
    await this.#client.end().catch(() => undefined);
    clearTimeout(cut);
  }

  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * From now on `pg` reads nothing of it: with TLS its bytes go to `feed`, else (false) to whoever reads the socket. `pg` goes on
   * watching over the connection's end.
   */
  takeOver(feed: (chunk: Buffer) => void): boolean {
    this.#stream = streamOf(this.#client);
    this.#stream.removeAllListeners('data');
    if (this.#stream === this.#socket) return false;
    this.#stream.on('data', feed);
    return true;
  }

  /** As if it had broken by itself. */
  drop(reason: Error): void {
    this.#lose(reason);
    this.#socket.destroy();
  }

  /** Past `pg`, in one piece. */
  write(message: Buffer): void {
    this.#stream.write(message);
  }

  async #answer(statement: string, asked: Promise<pg.QueryResult<Row>>): Promise<QueryResult> {
    try {
      return queryResult(await asked);
    } catch (error) {
      const detail = error instanceof pg.DatabaseError ? error.detail : undefined;
      this.#waits?.failed(this.pid, sqlStateOf(error), { statement, detail });
      throw this.#told(error);
    }
  }

  /** `pg` reports a loss before it rejects what was asked, and only of that it knows why. */
  #told(error: unknown): unknown {
    const lost = this.#lost;
    const isLoss = lost !== undefined && !(error instanceof pg.DatabaseError);
    const told = isLoss ? new LostConnection(lastWords(lost), { cause: lost }) : error;
    saidBy(this.#address, told);
    return told;
  }

  #lose(reason: Error): void {
    if (this.#closing || this.#lost !== undefined) return;
    this.#lost = reason;
    for (const listener of this.#lostListeners) listener(reason);
  }
}

/** Of the server, which may have ended the session while nobody asked it for anything. */
function lastWords(reason: Error): string {
  const sqlState = sqlStateOf(reason);
  return sqlState === undefined ? messageOf(reason) : `${messageOf(reason)} (SQLSTATE ${sqlState})`;
}

/** `processID` comes with the BackendKeyData message; @types/pg leaves it out. */
function processIdOf(client: pg.Client): number {
  const pid: unknown = Reflect.get(client, 'processID');
  if (typeof pid !== 'number')
    throw new Failure('bug', { message: 'a session has no pid before it is connected' });
  return pid;
}

/** The socket, or with TLS the stream on top of it; @types/pg leaves it out. */
function streamOf(client: pg.Client): Socket {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown = connection instanceof EventEmitter ? Reflect.get(connection, 'stream') : undefined;
  if (!(stream instanceof Socket)) throw new Failure('bug', { message: 'a session has no stream' });
  return stream;
}

/** `pg` gives a list when one text held several statements, which its types leave out. */
function queryResult(result: pg.QueryResult<Row> | readonly pg.QueryResult<Row>[]): QueryResult {
  if (!isList(result)) return { rows: result.rows, rowCount: result.rowCount ?? 0, command: result.command };
  const last = result.at(-1);
  return last === undefined ? { rows: [], rowCount: 0, command: '' } : queryResult(last);
}

/** `Array.isArray` does not narrow to a readonly list. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
