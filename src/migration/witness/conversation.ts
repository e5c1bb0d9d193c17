import { readError } from '../../target/index.ts';
import { milliseconds, type Milliseconds } from '../../units.ts';
import type { HeardNotice } from '../hearing.ts';

import { HEADER } from './frames.ts';
import { CLIENT, readString, SERVER, statusOf, type TransactionStatus } from './protocol.ts';
import { newStatement, type WitnessedStatement } from './statement.ts';

/** What the server still has to answer, in its order. A statement is that of the answers' facts. */
type Expected =
  | { readonly kind: 'query' | 'parse' | 'bind' | 'execute'; readonly statement: WitnessedStatement }
  | { readonly kind: 'describe' | 'close' | 'sync' | 'call' }
  /** No answer of its own: where the client ended its COPY. */
  | { readonly kind: 'copy-end' };

/**
 * Follows what a client and the server say to each other (manual, 55.2) and tells the statements in it. It only listens: no clock, no
 * connection. After an error the server steps over everything up to the next Sync, and so does this.
 */
export class Conversation {
  readonly pid: number;
  status: TransactionStatus = 'idle';
  readonly #onStatement: (statement: WitnessedStatement) => void;
  readonly #expected: Expected[] = [];
  readonly #prepared = new Map<string, string>();
  readonly #portals = new Map<string, WitnessedStatement>();
  /** Begun by Parse or Bind, until it is executed or a Sync comes. */
  #draft: { readonly name: string; readonly statement: WitnessedStatement } | undefined;
  /** Statements since the last ReadyForQuery, of the transaction that is open, and up to the last ReadyForQuery. */
  #batch: WitnessedStatement[] = [];
  #open: WitnessedStatement[] = [];
  #finished: readonly WitnessedStatement[] = [];
  #skipping = false;
  #copyingIn = false;
  #lastEnd = milliseconds(0);
  #transactions = 0;

  constructor(pid: number, onStatement: (statement: WitnessedStatement) => void) {
    this.pid = pid;
    this.#onStatement = onStatement;
  }

  /** Nobody waits for anything, and nothing has been begun. */
  get isQuiet(): boolean {
    return this.#expected.length === 0 && this.#draft === undefined && !this.#skipping;
  }

  /** The text that the server is working on; empty where it is none. */
  get answering(): string {
    const [front] = this.#expected;
    return front !== undefined && 'statement' in front ? front.statement.text : '';
  }

  /** What was executed up to the ReadyForQuery that has just come. */
  get finished(): readonly WitnessedStatement[] {
    return this.#finished;
  }

  /** The text with which the message begins a statement. */
  textOf(type: number, frame: Buffer): string | undefined {
    if (type === CLIENT.query) return readString(frame, HEADER).text;
    if (type === CLIENT.parse) return readString(frame, readString(frame, HEADER).end).text;
    if (type === CLIENT.bind) return this.#prepared.get(boundStatement(frame).statement);
    return undefined;
  }

  sent(type: number, frame: Buffer, now: Milliseconds): void {
    if (type === CLIENT.copyDone || type === CLIENT.copyFail) {
      this.#copyingIn = false;
      if (this.#expected.length > 0) this.#expected.push({ kind: 'copy-end' });
      return;
    }
    // The server reads and forgets a Sync while it waits for the data of a COPY (manual, 55.2.7).
    if (this.#copyingIn && type === CLIENT.sync) return;
    if (this.#skipping) {
      if (type !== CLIENT.sync) return;
      this.#skipping = false;
    }
    this.#expect(type, frame, now);
  }

  #expect(type: number, frame: Buffer, now: Milliseconds): void {
    switch (type) {
      case CLIENT.query: {
        const statement = newStatement(this.pid, readString(frame, HEADER).text, now);
        this.#expected.push({ kind: 'query', statement });
        return;
      }
      case CLIENT.parse:
        this.#parse(frame, now);
        return;
      case CLIENT.bind:
        this.#bind(frame, now);
        return;
      case CLIENT.execute:
        this.#execute(frame, now);
        return;
      case CLIENT.describe:
        this.#expected.push({ kind: 'describe' });
        return;
      case CLIENT.close:
        this.#expected.push({ kind: 'close' });
        return;
      case CLIENT.functionCall:
        this.#expected.push({ kind: 'call' });
        return;
      case CLIENT.sync:
        this.#draft = undefined;
        this.#expected.push({ kind: 'sync' });
        return;
    }
  }

  #parse(frame: Buffer, now: Milliseconds): void {
    const name = readString(frame, HEADER);
    const { text } = readString(frame, name.end);
    this.#prepared.set(name.text, text);
    const statement = newStatement(this.pid, text, now);
    this.#draft = { name: name.text, statement };
    this.#expected.push({ kind: 'parse', statement });
  }

  #bind(frame: Buffer, now: Milliseconds): void {
    const { portal, statement: name } = boundStatement(frame);
    const statement =
      this.#draft?.name === name
        ? this.#draft.statement
        : newStatement(this.pid, this.#prepared.get(name) ?? '', now);
    this.#draft = { name, statement };
    this.#portals.set(portal, statement);
    this.#expected.push({ kind: 'bind', statement });
  }

  /** A portal that is executed bit by bit is one statement. */
  #execute(frame: Buffer, now: Milliseconds): void {
    const portal = readString(frame, HEADER).text;
    const statement = this.#portals.get(portal) ?? newStatement(this.pid, '', now);
    this.#draft = undefined;
    this.#expected.push({ kind: 'execute', statement });
  }

  /** Whoever hears a notice: the statement that is being answered, or the one that has just been. */
  heard(notice: HeardNotice): void {
    const [front] = this.#expected;
    const statement = front !== undefined && 'statement' in front ? front.statement : this.#batch.at(-1);
    statement?.notices.push(notice);
  }

  received(type: number, frame: Buffer, now: Milliseconds): void {
    this.#passMarks();
    const [front] = this.#expected;
    switch (type) {
      case SERVER.error:
        this.#failed(front, frame, now);
        return;
      case SERVER.ready:
        this.#ready(frame, now);
        return;
      case SERVER.copyIn:
        this.#copyIn();
        return;
      case SERVER.commandComplete:
      case SERVER.suspended:
      case SERVER.emptyQuery:
        this.#completed(front, type === SERVER.commandComplete ? readString(frame, HEADER).text : '', now);
        return;
      default:
        if (front !== undefined && front.kind === ANSWERS.get(type)) this.#expected.shift();
    }
  }

  /** The connection has ended; what was running has no answer. */
  broken(now: Milliseconds, message: string): void {
    const [front] = this.#expected;
    if (front !== undefined && 'statement' in front) {
      front.statement.error = { sqlState: undefined, message };
      this.#record(front.statement, now);
    }
    this.#release([...this.#open, ...this.#batch], now);
    this.#open = [];
    this.#batch = [];
  }

  #passMarks(): void {
    while (this.#expected[0]?.kind === 'copy-end') this.#expected.shift();
  }

  #completed(front: Expected | undefined, tag: string, now: Milliseconds): void {
    if (front?.kind !== 'query' && front?.kind !== 'execute') return;
    const { statement } = front;
    // `INSERT 0 5`, `ALTER TABLE`: the words.
    if (tag !== '') statement.tag = tag.replace(/[\s\d]+$/, '');
    if (front.kind === 'query') return;
    this.#expected.shift();
    this.#record(statement, now);
  }

  #failed(front: Expected | undefined, frame: Buffer, now: Milliseconds): void {
    if (front === undefined) return;
    const fields = readError(frame, HEADER);
    const error = { sqlState: fields.get('C'), message: fields.get('M') ?? '' };
    const statement = 'statement' in front ? front.statement : this.#batch.at(-1);
    // COMMIT at the end of a batch can fail as well, for all of it (manual, 55.2.3).
    if (statement !== undefined) statement.error ??= error;
    this.#copyingIn = false;
    if (front.kind === 'query' || front.kind === 'call' || front.kind === 'sync') return;
    if ('statement' in front) this.#record(front.statement, now);
    const sync = this.#expected.findIndex(({ kind }) => kind === 'sync');
    this.#expected.splice(0, sync < 0 ? this.#expected.length : sync);
    this.#skipping = sync < 0;
    this.#draft = undefined;
  }

  #ready(frame: Buffer, now: Milliseconds): void {
    const [front] = this.#expected;
    if (front?.kind === 'query') this.#record(front.statement, now);
    if (front !== undefined) this.#expected.shift();
    this.status = statusOf(frame);
    const last = this.#batch.at(-1);
    // Outside of a block the statement is committed before the answer comes.
    if (last !== undefined) this.#end(last, now);
    for (const statement of this.#batch) statement.inBlock = this.status !== 'idle';
    this.#open.push(...this.#batch);
    this.#finished = this.#batch;
    this.#batch = [];
    this.#passMarks();
    if (this.status !== 'idle') return;
    this.#release(this.#open, now);
    this.#open = [];
    this.#portals.clear();
  }

  #copyIn(): void {
    const isBeforeEnd = (index: number): boolean => {
      const end = this.#expected.findIndex(({ kind }) => kind === 'copy-end');
      return end < 0 || index < end;
    };
    const forgotten = new Set(
      this.#expected.filter(({ kind }, index) => kind === 'sync' && isBeforeEnd(index)),
    );
    this.#copyingIn = !this.#expected.some(({ kind }) => kind === 'copy-end');
    this.#expected.splice(0, Infinity, ...this.#expected.filter((one) => !forgotten.has(one)));
  }

  #record(statement: WitnessedStatement, now: Milliseconds): void {
    // What was sent ahead began when the one before it was done.
    if (!this.#batch.includes(statement) && !this.#open.includes(statement)) {
      statement.startedAt = milliseconds(Math.max(statement.startedAt, this.#lastEnd));
      this.#batch.push(statement);
    }
    this.#end(statement, now);
  }

  #end(statement: WitnessedStatement, now: Milliseconds): void {
    statement.endedAt = now;
    this.#lastEnd = now;
  }

  /** Their transaction is over. */
  #release(statements: readonly WitnessedStatement[], now: Milliseconds): void {
    this.#transactions++;
    // The last one ended the transaction: COMMIT, or itself where there was no block.
    const ending = this.#open.at(-1);
    for (const statement of statements) {
      statement.release = { asked: (ending ?? statement).startedAt, answered: now };
      statement.transaction = this.#transactions;
      this.#onStatement(statement);
    }
  }
}

/** Answers that only say that it was done. */
const ANSWERS: ReadonlyMap<number, Expected['kind']> = new Map([
  [SERVER.parseComplete, 'parse'],
  [SERVER.bindComplete, 'bind'],
  [SERVER.closeComplete, 'close'],
  [SERVER.rowDescription, 'describe'],
  [SERVER.noData, 'describe'],
]);

function boundStatement(frame: Buffer): { readonly portal: string; readonly statement: string } {
  const portal = readString(frame, HEADER);
  return { portal: portal.text, statement: readString(frame, portal.end).text };
}
