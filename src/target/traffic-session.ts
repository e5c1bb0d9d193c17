import pg from 'pg';

import { requestCancel } from './cancel-request.ts';
import type { ConnectionSettings } from './connection.ts';
import { hookedSocket, type Hook } from './hooked-socket.ts';
import type { LockWaitLog } from './lock-wait-log.ts';
import { openPinned, type PinnedSession } from './pinned-session.ts';
import type { ConnectOptions } from './session.ts';
import { pasted, type TrafficStatement } from './traffic-statement.ts';
import {
  endsPreparedStatements,
  MessageReader,
  readColumns,
  readError,
  readRow,
  readRowCount,
} from './wire/backend.ts';
import {
  closeMessage,
  COPY_FAIL,
  COPY_FAIL_AND_SYNC,
  executeMessages,
  queryMessage,
  SYNC,
} from './wire/frontend.ts';

/** What came back; valid until the session is used again. */
export interface Reply {
  /** Of the server (with a SQLSTATE), or of a connection that broke. */
  readonly error: Error | undefined;
  /** Returned or changed. */
  readonly rows: number;
  /** The first row, where it was wanted and there was one. */
  readonly row: readonly (string | null)[] | undefined;
  readonly columns: readonly string[];
  /** Whether the session is inside a transaction block now, sound or failed. */
  readonly inTransaction: boolean;
}

/**
 * One pinned connection that carries the application's statements. `pg` opens it (authentication, TLS) and answers for its end;
 * the statements go past it: of each answer only what is asked for is read, and nothing is a promise. That takes a
 * third of the time that `pg` needs for a statement, and the generator must not be what is measured.
 */
export interface TrafficSession {
  /** Of its backend; undefined behind a pooler, where each transaction may have another one. */
  readonly pid: number | undefined;
  readonly isLost: boolean;
  /** One at a time. `done` is called once, never before `send` returned. */
  send(statement: TrafficStatement, values: readonly (string | null)[], done: (reply: Reply) => void): void;
  /** Text without parameters, by the simple protocol. */
  command(message: Buffer, done: (reply: Reply) => void): void;
  /** Prepares them now, so that the first arrival does not; errors show when they are used. */
  warm(statements: readonly TrafficStatement[]): Promise<void>;
  /** Each statement is prepared anew when it is used next. */
  forgetStatements(): void;
  onLost(listener: (reason: Error) => void): void;
  /** Has the statement that runs cancelled, by the protocol. Never rejects. */
  requestCancel(): Promise<void>;
  /** Cuts the connection at once where a statement is running. */
  close(): Promise<void>;
  /** Cuts the connection; whoever waits for its loss hears of it. */
  drop(reason: Error): void;
}

/** Throws `Failure('target.unavailable')`. */
export async function connectTraffic(
  settings: ConnectionSettings,
  options: ConnectOptions = {},
): Promise<TrafficSession> {
  const hook: Hook = {};
  const pinned = await openPinned(settings, 'traffic', options, hookedSocket(hook));
  return new WireSession(pinned, hook, settings, options.waits);
}

const NO_COLUMNS: readonly string[] = [];

class WireSession implements TrafficSession {
  readonly #pinned: PinnedSession;
  readonly #settings: ConnectionSettings;
  readonly #waits: LockWaitLog | undefined;
  readonly #reader: MessageReader;
  /** Columns of the prepared statements, by name. */
  readonly #prepared = new Map<string, readonly string[]>();
  readonly #stale = new Set<string>();
  #done: ((reply: Reply) => void) | undefined;
  #statement: TrafficStatement | undefined;
  #fatal: Error | undefined;
  readonly #reply: { -readonly [Field in keyof Reply]: Reply[Field] } = {
    error: undefined,
    rows: 0,
    row: undefined,
    columns: NO_COLUMNS,
    inTransaction: false,
  };

  constructor(
    pinned: PinnedSession,
    hook: Hook,
    settings: ConnectionSettings,
    waits: LockWaitLog | undefined,
  ) {
    this.#pinned = pinned;
    this.#settings = settings;
    this.#waits = waits;
    this.#reader = new MessageReader((type, buffer, from, to) => this.#onMessage(type, buffer, from, to));
    if (!pinned.takeOver((chunk) => this.#reader.feed(chunk, chunk.length)))
      hook.take = (chunk, length) => this.#reader.feed(chunk, length);
    pinned.onLost((reason) => {
      waits?.failed(this.pid, undefined);
      this.#finish(this.#fatal ?? reason);
    });
  }

  get pid(): number | undefined {
    return this.#settings.isPooled === true ? undefined : this.#pinned.pid;
  }

  get isLost(): boolean {
    return this.#fatal !== undefined || this.#pinned.isLost;
  }

  send(statement: TrafficStatement, values: readonly (string | null)[], done: (reply: Reply) => void): void {
    this.#begin(statement, done);
    switch (statement.protocol) {
      case 'simple':
        this.#pinned.write(queryMessage(pasted(statement, values)));
        break;
      case 'unnamed':
        this.#pinned.write(Buffer.concat([statement.prepare, executeMessages(statement.head, values)]));
        break;
      case 'named':
        this.#pinned.write(
          this.#prepared.has(statement.name)
            ? executeMessages(statement.head, values)
            : Buffer.concat([this.#preparation(statement), executeMessages(statement.head, values)]),
        );
        break;
    }
  }

  command(message: Buffer, done: (reply: Reply) => void): void {
    this.#begin(undefined, done);
    this.#pinned.write(message);
  }

  async warm(statements: readonly TrafficStatement[]): Promise<void> {
    for (const statement of statements) {
      await new Promise<void>((resolve) => {
        this.#begin(statement, () => resolve());
        this.#pinned.write(Buffer.concat([this.#preparation(statement), SYNC]));
      });
    }
  }

  forgetStatements(): void {
    for (const name of this.#prepared.keys()) this.#stale.add(name);
    this.#prepared.clear();
  }

  onLost(listener: (reason: Error) => void): void {
    this.#pinned.onLost(listener);
  }

  async requestCancel(): Promise<void> {
    await requestCancel(this.#settings, this.#pinned.cancelKey);
  }

  async close(): Promise<void> {
    if (this.#done !== undefined) this.#pinned.destroy();
    await this.#pinned.close();
  }

  drop(reason: Error): void {
    this.#pinned.drop(reason);
  }

  #begin(statement: TrafficStatement | undefined, done: (reply: Reply) => void): void {
    const reply = this.#reply;
    reply.error = undefined;
    reply.rows = 0;
    reply.row = undefined;
    reply.columns = statement === undefined ? NO_COLUMNS : (this.#prepared.get(statement.name) ?? NO_COLUMNS);
    this.#statement = statement;
    this.#reader.wantsRows = statement?.wantsRow === true;
    this.#done = done;
    // Nobody answers any more, and nobody will say so a second time.
    if (this.isLost) setImmediate(() => this.#finish(this.#fatal ?? new Error('the connection was lost')));
  }

  get #isSimple(): boolean {
    return this.#statement === undefined || this.#statement.protocol === 'simple';
  }

  /** A name that is in use must be given back first. */
  #preparation({ name, prepare }: TrafficStatement): Buffer {
    return this.#stale.delete(name) ? Buffer.concat([closeMessage(name), prepare]) : prepare;
  }

  #onMessage(type: number, buffer: Buffer, from: number, to: number): void {
    const reply = this.#reply;
    switch (type) {
      case MESSAGE.parseComplete:
        this.#remember(NO_COLUMNS);
        break;
      case MESSAGE.rowDescription:
        this.#describe(buffer, from);
        break;
      case MESSAGE.dataRow:
        reply.row ??= readRow(buffer, from);
        break;
      case MESSAGE.commandComplete:
        this.#complete(buffer, from, to);
        break;
      case MESSAGE.error:
        this.#onError(readError(buffer, from));
        break;
      case MESSAGE.notice:
        this.#onNotice(readError(buffer, from));
        break;
      case MESSAGE.copyIn:
        this.#pinned.write(this.#isSimple ? COPY_FAIL : COPY_FAIL_AND_SYNC);
        break;
      case MESSAGE.readyForQuery:
        reply.inTransaction = buffer[from] !== IDLE;
        this.#finish(undefined);
        break;
    }
  }

  #complete(buffer: Buffer, from: number, to: number): void {
    this.#reply.rows = readRowCount(buffer, to);
    if (endsPreparedStatements(buffer, from)) this.forgetStatements();
  }

  #describe(buffer: Buffer, from: number): void {
    if (!this.#reader.wantsRows) return;
    const columns = readColumns(buffer, from);
    this.#reply.columns = columns;
    this.#remember(columns);
  }

  /** The statement is prepared, and this is what it returns. */
  #remember(columns: readonly string[]): void {
    if (this.#statement?.protocol === 'named') this.#prepared.set(this.#statement.name, columns);
  }

  #onNotice(fields: ReadonlyMap<string, string>): void {
    // Behind a pooler it may be about a wait whose end another session hears.
    if (fields.get('V') === 'LOG' && this.pid !== undefined) this.#waits?.heard(fields.get('M') ?? '');
  }

  #onError(fields: ReadonlyMap<string, string>): void {
    const error = new pg.DatabaseError(fields.get('M') ?? 'the server reports an error', 0, 'error');
    error.code = fields.get('C');
    error.severity = fields.get('V');
    this.#reply.error = error;
    if (error.code === NO_SUCH_STATEMENT) this.forgetStatements();
    this.#waits?.failed(this.pid, error.code, {
      statement: this.#statement?.text ?? '',
      detail: fields.get('D'),
    });
    // The server closes the connection after it.
    if (error.severity === 'FATAL' || error.severity === 'PANIC') this.#fatal = error;
  }

  #finish(lost: Error | undefined): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    if (lost !== undefined) {
      this.#reply.error = lost;
      this.#reply.inTransaction = false;
    }
    done(this.#reply);
  }
}

const MESSAGE = {
  parseComplete: 0x31, // '1'
  rowDescription: 0x54, // 'T'
  dataRow: 0x44, // 'D'
  commandComplete: 0x43, // 'C'
  error: 0x45, // 'E'
  notice: 0x4e, // 'N'
  copyIn: 0x47, // 'G'
  readyForQuery: 0x5a, // 'Z'
} as const;

const IDLE = 0x49; // 'I'

/** invalid_sql_statement_name: a pooler, or a statement of somebody's own, took it away. */
const NO_SUCH_STATEMENT = '26000';
