import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { EvaluationError, isTrue, textOf } from '../expression/index.ts';
import type { ErrorClass } from '../result/index.ts';
import {
  connectTraffic,
  errorClassOf,
  sqlStateOf,
  trafficCommand,
  trafficStatement,
  type ConnectionSettings,
  type Reply,
  type TrafficSession,
} from '../target/thread.ts';
import { since, type Milliseconds } from '../units.ts';

import { unmet } from './expectation.ts';
import type { Operation, QueryOperation, Values } from './program.ts';
import type { TrialProgram } from './trial-program.ts';

/** One statement of a transaction with the values of one arrival, in the state to which the statements before it have brought the transaction. */
export interface Trial {
  readonly text: string;
  /** Runs it once and undoes that. Rejects with the server's error. */
  run(): Promise<TrialRun>;
  /** What `EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON)` answers, undone as well. */
  explain(): Promise<unknown>;
}

export interface TrialRun {
  /** From sending it to its whole answer. */
  readonly duration: Milliseconds;
  /** Returned or changed. */
  readonly rows: number;
}

/** How far an arrival came. */
export type WalkEnd =
  | { readonly kind: 'whole' }
  | {
      readonly kind: 'failed';
      /** What failed; empty for what is no statement of the traffic. */
      readonly text: string;
      readonly error: ErrorClass;
      readonly message: string;
    };

/** Never behind somebody's lock, and not for ever. Its transactions are longer than the traffic's, for they try each statement again and again. */
const SETTINGS = { lock_timeout: '500ms' };

const SAVEPOINT = 'SAVEPOINT rehearse_trial';
/** The savepoint stays, to be gone back to again (manual, ROLLBACK TO SAVEPOINT). */
const UNDO = trafficCommand('ROLLBACK TO SAVEPOINT rehearse_trial');
const RELEASE = 'RELEASE SAVEPOINT rehearse_trial';
const ROLLBACK = 'ROLLBACK';
/** The transaction's own beginnings and ends, inside of the one that is rolled back. */
const WITHIN: Readonly<Record<string, string>> = {
  COMMIT: 'RELEASE SAVEPOINT rehearse_block',
  ROLLBACK: 'ROLLBACK TO SAVEPOINT rehearse_block; RELEASE SAVEPOINT rehearse_block',
};
const BLOCK = 'SAVEPOINT rehearse_block';

/** Cost: executes the statement, and reads the clock at each node. 14–18. */
const EXPLAIN = (name: string): string =>
  `EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) EXECUTE "${name}"`;

/** What a round trip costs that asks the server for nothing. */
const NOTHING = trafficStatement(
  { text: 'SELECT 1', protocol: 'named', name: 'rehearse nothing', wantsRow: false, pieces: [], order: [] },
  0,
);

/** Tables in which the transaction that runs has written, whether or not it took that back. Cost: the session's own counters. 14–18. */
const WRITTEN = querying(
  `SELECT pg_catalog.string_agg(relid::text, ',') FROM pg_catalog.pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0`,
);

/** A connection like the traffic's on which its transactions are walked through; all of each is rolled back. */
export class TrialSession implements AsyncDisposable {
  /** Oids of the tables that were written to. */
  readonly written = new Set<string>();
  readonly #session: TrafficSession;
  readonly #clock: Clock;

  private constructor(session: TrafficSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** `timeout`: of each statement. Throws `Failure('target.unavailable')`. */
  static async open(
    connection: ConnectionSettings,
    timeout: Milliseconds,
    clock: Clock,
  ): Promise<TrialSession> {
    const settings = { ...SETTINGS, statement_timeout: `${timeout}ms` };
    return new TrialSession(await connectTraffic(connection, { settings, isUntimed: true }), clock);
  }

  /** Has what it runs cancelled. */
  async cancel(): Promise<void> {
    await this.#session.requestCancel();
  }

  /** Whoever waits for an answer gets an error without SQLSTATE. */
  drop(reason: Error): void {
    this.#session.drop(reason);
  }

  async nothing(): Promise<TrialRun> {
    const { duration, rows } = await this.#send({ statement: NOTHING, values: [] });
    return { duration, rows };
  }

  /** The arrival of this slot, `visit` called for each of its statements that can be tried. Rejects where the connection is lost, and with what `visit` throws itself. */
  async walk(trial: TrialProgram, slot: number, visit: (one: Trial) => Promise<void>): Promise<WalkEnd> {
    for (const command of trial.begin) await this.#command(command);
    const walk = new Walk(trial, slot);
    try {
      for (let next = walk.next(); next !== undefined; next = walk.next())
        if (next.kind === 'command') await this.#command(within(next.text));
        else walk.answered(next, await this.#query(trial, walk, { operation: next, visit }));
      return { kind: 'whole' };
    } catch (error) {
      return this.#failure(error, walk.text);
    } finally {
      await this.#end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  async #query(
    { statements }: TrialProgram,
    walk: Walk,
    { operation, visit }: { readonly operation: QueryOperation; visit(one: Trial): Promise<void> },
  ): Promise<Reply> {
    const { statement, text } = operation;
    const values = walk.valuesOf(operation);
    if (!statements.includes(text)) return await this.#send({ statement, values });
    await this.#command(SAVEPOINT);
    await visit({
      text,
      run: async () => {
        const { duration, rows } = await this.#send({ statement, values });
        await this.#undo();
        return { duration, rows };
      },
      explain: async () => {
        const { row } = await this.#send({ statement: explaining(statement.name, values), values });
        await this.#undo();
        return JSON.parse(row?.[0] ?? 'null') as unknown;
      },
    });
    const reply = await this.#send({ statement, values });
    await this.#command(RELEASE);
    return reply;
  }

  async #undo(): Promise<void> {
    await this.#answer((done) => this.#session.command(UNDO, done));
  }

  async #command(text: string): Promise<void> {
    await this.#answer((done) => this.#session.command(trafficCommand(text), done));
  }

  async #send({ statement, values }: Asked): Promise<Reply & { readonly duration: Milliseconds }> {
    const sent = this.#clock.now();
    let duration: Milliseconds | undefined;
    const reply = await this.#answer((done) =>
      this.#session.send(statement, values, (came) => {
        duration = since(sent, this.#clock.now());
        done(came);
      }),
    );
    return { ...reply, duration: duration ?? since(sent, this.#clock.now()) };
  }

  async #answer(ask: (done: (reply: Reply) => void) => void): Promise<Reply> {
    return await new Promise((resolve, reject) => {
      ask((reply) => {
        // The session uses its reply again.
        if (reply.error === undefined) resolve({ ...reply });
        else reject(reply.error);
      });
    });
  }

  #failure(error: unknown, text: string): WalkEnd {
    const isOurs = error instanceof EvaluationError || error instanceof Unmet;
    if (!isOurs && sqlStateOf(error) === undefined) throw error;
    return {
      kind: 'failed',
      text,
      error: isOurs ? 'expectation' : errorClassOf(error),
      message: messageOf(error),
    };
  }

  /** The transaction with all that it did; before that, where it has written. */
  async #end(): Promise<void> {
    if (this.#session.isLost) return;
    const written = await this.#send({ statement: WRITTEN, values: [] }).catch(() => undefined);
    for (const oid of written?.row?.[0]?.split(',') ?? []) this.written.add(oid);
    await this.#command(ROLLBACK);
  }
}

interface Asked {
  readonly statement: QueryOperation['statement'];
  readonly values: Values;
}

/** A row that is wanted; the pieces as in the statements of the traffic. */
function querying(...pieces: readonly string[]): QueryOperation['statement'] {
  const text = pieces.join('');
  const order = pieces.slice(1).map((_, index) => index);
  return trafficStatement(
    { text, protocol: 'simple', name: '', wantsRow: true, pieces, order },
    order.length,
  );
}

/** The utility command takes no parameters: values are literals of unknown type, as the traffic's own are. */
function explaining(name: string, values: Values): QueryOperation['statement'] {
  if (values.length === 0) return querying(EXPLAIN(name));
  const between = values.slice(1).map(() => ', ');
  return querying(`${EXPLAIN(name)}(`, ...between, ')');
}

const within = (text: string): string => WITHIN[text] ?? BLOCK;

/** The application would have stopped here. */
class Unmet extends Error {}

/** Goes through the operations of one arrival, as `Execution` does, but step by step and without its pauses. */
class Walk {
  /** Of the statement that it is at. */
  text = '';
  readonly #operations: readonly Operation[];
  readonly #trial: TrialProgram;
  readonly #slot: number;
  readonly #values: Values;
  #at = 0;

  constructor(trial: TrialProgram, slot: number) {
    const { operations, samplers, width, draws } = trial.program;
    this.#trial = trial;
    this.#operations = operations;
    this.#slot = slot;
    this.#values = Array.from({ length: width }, (_, index) => samplers[index]?.(slot) ?? null);
    draws.at(slot);
  }

  /** What has to be sent next; undefined: it is at its end. */
  next(): QueryOperation | (Operation & { readonly kind: 'command' }) | undefined {
    for (;;) {
      const operation = this.#operations[this.#at++];
      if (operation === undefined) return undefined;
      this.text = operation.kind === 'query' ? operation.text : '';
      if (operation.kind === 'query' || operation.kind === 'command') return operation;
      this.#pass(operation);
    }
  }

  valuesOf({ sources }: QueryOperation): Values {
    return sources.map((source) => this.#values[source] ?? null);
  }

  answered(operation: QueryOperation, reply: Reply): void {
    const broken = unmet(operation, reply);
    if (broken !== undefined) throw new Unmet(broken);
    for (const { target, column } of operation.captures)
      this.#values[target] = reply.row?.[reply.columns.indexOf(column)] ?? null;
  }

  #pass(operation: Exclude<Operation, { readonly kind: 'query' | 'command' }>): void {
    const scope = { variables: this.#values, draws: this.#trial.program.draws };
    switch (operation.kind) {
      case 'pause':
        return;
      case 'jump':
        this.#at = operation.to;
        return;
      case 'choose':
        this.#at = operation.targets[operation.pick(this.#slot)] ?? this.#at;
        return;
      case 'assign':
        this.#values[operation.target] = textOf(operation.evaluate(scope));
        return;
      case 'unless':
        if (!isTrue(operation.evaluate(scope))) this.#at = operation.to;
        return;
    }
  }
}
