import { isTrue, textOf, type Scope } from '../expression/index.ts';
import type { Manners } from '../plan/index.ts';
import { RandomDraws, randomKey } from '../statistics/index.ts';
import {
  errorClassOf,
  sqlStateOf,
  trafficCommand,
  type Reply,
  type TrafficSession,
} from '../target/thread.ts';
import { messageOf } from '../errors.ts';

import type { ArrivalOutcome, TrafficError } from './arrival.ts';
import { unmet } from './expectation.ts';
import type { Program, QueryOperation, Values } from './program.ts';

/** How arrivals of one workload are run. */
export interface Conduct {
  readonly manners: Manners;
  readonly seed: number;
}

const ROLLBACK = trafficCommand('ROLLBACK');
const NONE: readonly TrafficError[] = [];
const COMPLETED: ArrivalOutcome = { kind: 'completed', overcome: NONE };
/** A plan that is invalid again and again is not overcome by trying. */
const MOST_REPREPARATIONS = 3;
/** Timers count in 31 bits: a longer one would end at once. */
const LONGEST_PAUSE = 2 ** 31 - 1;

/**
 * Runs one arrival after the other on one connection: operation by operation, each answer leading to the next. Nothing is a promise
 * and little is allocated, for this is done for every statement of the run.
 */
export class Execution {
  readonly session: TrafficSession;
  readonly #conduct: Conduct;
  readonly #backoff: RandomDraws;
  readonly #onReply = (reply: Reply): void => this.#replied(reply);
  #program: Program | undefined;
  #slot = 0;
  #done: (outcome: ArrivalOutcome) => void = () => undefined;
  #values: Values = [];
  #at = 0;
  #running: QueryOperation | undefined;
  #overcome: TrafficError[] = [];
  #reprepared = 0;
  /** Whether `run` has not returned yet. */
  #isStarting = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: TrafficSession, conduct: Conduct) {
    this.session = session;
    this.#conduct = conduct;
    this.#backoff = new RandomDraws(randomKey(conduct.seed, 'backoff'));
  }

  /** `done` is called once, never before this returned: whoever is called may run the next one. */
  run(program: Program, slot: number, done: (outcome: ArrivalOutcome) => void): void {
    this.#program = program;
    this.#slot = slot;
    this.#done = done;
    this.#reprepared = 0;
    if (this.#overcome.length > 0) this.#overcome = [];
    this.#isStarting = true;
    this.#start(program);
    this.#isStarting = false;
  }

  /** Nothing is reported any more. */
  abandon(): void {
    clearTimeout(this.#timer);
    // An answer that is still to come must not lead to the next statement.
    this.#program = undefined;
    this.#done = () => undefined;
  }

  /** From its first operation, with the same values. */
  #start(program: Program): void {
    const values: Values = new Array<string | null>(program.width);
    const { samplers } = program;
    for (let index = 0; index < program.width; index++) values[index] = samplers[index]?.(this.#slot) ?? null;
    program.draws.at(this.#slot);
    this.#values = values;
    this.#at = 0;
    this.#advance(program);
  }

  /** Until an operation has to be waited for. */
  #advance(program: Program): void {
    for (;;) {
      const operation = program.operations[this.#at++];
      if (operation === undefined) {
        this.#finish(undefined);
        return;
      }
      switch (operation.kind) {
        case 'query':
          this.#send(operation);
          return;
        case 'command':
          this.#running = undefined;
          this.session.command(operation.message, this.#onReply);
          return;
        case 'jump':
          this.#at = operation.to;
          break;
        case 'choose':
          this.#at = operation.targets[operation.pick(this.#slot)] ?? this.#at;
          break;
        case 'pause':
        case 'assign':
        case 'unless':
          if (!this.#evaluated(operation, program)) return;
          break;
      }
    }
  }

  #send(operation: QueryOperation): void {
    const { bound, sources } = operation;
    for (let index = 0; index < bound.length; index++)
      bound[index] = this.#values[sources[index] ?? 0] ?? null;
    this.#running = operation;
    this.session.send(operation.statement, bound, this.#onReply);
  }

  /** False: it goes on by itself later, or has failed. */
  #evaluated(
    operation: Program['operations'][number] & { readonly kind: 'pause' | 'assign' | 'unless' },
    program: Program,
  ): boolean {
    try {
      switch (operation.kind) {
        case 'pause':
          this.#timer = setTimeout(
            () => this.#advance(program),
            Math.min(LONGEST_PAUSE, operation.length(this.#slot, this.#values)),
          );
          return false;
        case 'assign':
          this.#values[operation.target] = textOf(operation.evaluate(this.#scope(program)));
          return true;
        case 'unless':
          if (!isTrue(operation.evaluate(this.#scope(program)))) this.#at = operation.to;
          return true;
      }
    } catch (error) {
      const text = operation.kind === 'pause' ? '\\sleep' : operation.text;
      this.#rollBack({ class: 'other', sqlState: undefined, message: messageOf(error), statement: text });
      return false;
    }
  }

  #scope({ draws }: Program): Scope {
    return { variables: this.#values, draws };
  }

  #replied(reply: Reply): void {
    const program = this.#program;
    if (program === undefined) return;
    const running = this.#running;
    const { error } = reply;
    if (error !== undefined) {
      this.#failed(error, reply.inTransaction);
      return;
    }
    if (running !== undefined) {
      const broken = unmet(running, reply);
      if (broken !== undefined) {
        this.#isOpen = reply.inTransaction;
        this.#rollBack({
          class: 'expectation',
          sqlState: undefined,
          message: broken,
          statement: running.text,
        });
        return;
      }
      for (const { target, column } of running.captures)
        this.#values[target] = reply.row?.[reply.columns.indexOf(column)] ?? null;
    }
    this.#isOpen = reply.inTransaction;
    this.#advance(program);
  }

  /** Whether the session is inside a transaction block. */
  #isOpen = false;

  #failed(error: Error, inTransaction: boolean): void {
    this.#isOpen = inTransaction;
    const operation = this.#program?.operations[this.#at - 1];
    const isSent = operation?.kind === 'query' || operation?.kind === 'command';
    this.#rollBack({
      class: errorClassOf(error),
      sqlState: sqlStateOf(error),
      message: messageOf(error),
      statement: isSent ? operation.text : '',
    });
  }

  /** As a sound application does, before anything else. */
  #rollBack(error: TrafficError): void {
    if (!this.#isOpen || this.session.isLost) {
      this.#decide(error);
      return;
    }
    this.#isOpen = false;
    this.session.command(ROLLBACK, () => this.#decide(error));
  }

  #decide(error: TrafficError): void {
    const { onPlanInvalidated, retry } = this.#conduct.manners;
    const isPlan = error.class === 'plan_invalidated';
    if (isPlan && onPlanInvalidated !== 'fail') this.session.forgetStatements();
    if (isPlan && onPlanInvalidated === 'reconnect') this.session.drop(new Error(error.message));
    const again = isPlan
      ? onPlanInvalidated === 'retry' && this.#reprepared < MOST_REPREPARATIONS
      : RETRIED.has(error.class) && this.#overcome.length - this.#reprepared < retry.retries;
    const program = this.#program;
    if (!again || program === undefined || this.session.isLost) {
      this.#finish(error);
      return;
    }
    this.#overcome.push(error);
    if (isPlan) {
      this.#reprepared++;
      this.#start(program);
      return;
    }
    const tries = this.#overcome.length - this.#reprepared;
    this.#timer = setTimeout(() => this.#start(program), this.#pauseBefore(tries));
  }

  /** Doubled each time, and anything between nothing and that ("full jitter": M. Brooker, AWS Architecture Blog, 2015). */
  #pauseBefore(attempt: number): number {
    const { backoff, maxBackoff } = this.#conduct.manners.retry;
    const most = Math.min(maxBackoff, backoff * 2 ** (attempt - 1));
    return this.#backoff.at(this.#slot * 64 + attempt).next() * most;
  }

  #finish(error: TrafficError | undefined): void {
    const overcome = this.#overcome.length === 0 ? NONE : this.#overcome;
    if (error !== undefined) this.#report({ kind: 'failed', error, overcome });
    else this.#report(overcome.length === 0 ? COMPLETED : { kind: 'completed', overcome });
  }

  #report(outcome: ArrivalOutcome): void {
    if (this.#isStarting) setImmediate(() => this.#done(outcome));
    else this.#done(outcome);
  }
}

const RETRIED: ReadonlySet<TrafficError['class']> = new Set(['serialization', 'deadlock']);
