import { compileExpression, EvaluationError, type Scope, type Value } from '../expression/index.ts';
import type { QueryStep, Think, TrafficStep } from '../plan/index.ts';
import { parameterSamplers, type ParameterSampler } from '../plan/thread.ts';
import { RandomDraws, randomKey, standardExponential, weightedSampler } from '../statistics/index.ts';
import { trafficCommand, trafficStatement, type TrafficStatement } from '../target/thread.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { Entry } from './entries.ts';

/** A transaction as its arrivals run it: operations in a row, with jumps. Values stand in one list, by place. */
export interface Program {
  readonly operations: readonly Operation[];
  readonly samplers: readonly ParameterSampler[];
  /** Of all statements, to be prepared before the first arrival. */
  readonly statements: readonly TrafficStatement[];
  /** Places of the list of values. */
  readonly width: number;
  /** Randomness of the expressions: `at(slot)` before the first operation. */
  readonly draws: RandomDraws;
}

export type Values = (string | null)[];

export type Operation =
  | { readonly kind: 'command'; readonly message: Buffer; readonly text: string }
  | QueryOperation
  | { readonly kind: 'pause'; readonly length: (slot: number, values: Values) => Milliseconds }
  | {
      readonly kind: 'assign';
      readonly target: number;
      readonly evaluate: (scope: Scope) => Value;
      readonly text: string;
    }
  /** Goes on at `to` unless the condition is true. */
  | {
      readonly kind: 'unless';
      readonly evaluate: (scope: Scope) => Value;
      readonly to: number;
      readonly text: string;
    }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'choose'; readonly pick: (slot: number) => number; readonly targets: readonly number[] };

export interface QueryOperation {
  readonly kind: 'query';
  readonly statement: TrafficStatement;
  readonly sources: readonly number[];
  /** Filled for each use: it is read before the next one. */
  readonly bound: Values;
  readonly captures: readonly { readonly target: number; readonly column: string }[];
  readonly expect: QueryStep['expect'];
  readonly text: string;
}

/** Decided once, so that an arrival only draws its values and sends its statements. */
export function compile(
  { index: entry, workload, transaction }: Entry,
  count: number,
  seed: number,
): Program {
  const sampling = { name: workload.name, index: workload.index, count, connections: workload.connections };
  const compiler = new Compiler(
    {
      entry,
      name: `${workload.name}/${transaction.name}`,
      protocol: workload.manners.prepare,
      seed,
    },
    transaction.parameters.map(({ name }) => name),
  );
  compiler.steps(transaction.steps);
  const { operations, width } = compiler;
  return {
    operations,
    samplers: parameterSamplers(transaction, sampling, seed),
    statements: operations.flatMap((one) =>
      one.kind === 'query' && one.statement.protocol === 'named' ? [one.statement] : [],
    ),
    width,
    draws: new RandomDraws(randomKey(seed, 'let', workload.name, transaction.name)),
  };
}

interface Naming {
  /** Stands first in the names of prepared statements, of which the server compares 63 bytes. */
  readonly entry: number;
  readonly name: string;
  readonly protocol: TrafficStatement['protocol'];
  readonly seed: number;
}

class Compiler {
  readonly operations: Operation[] = [];
  readonly #naming: Naming;
  readonly #variables: string[];

  constructor(naming: Naming, variables: readonly string[]) {
    this.#naming = naming;
    this.#variables = [...variables];
  }

  get width(): number {
    return this.#variables.length;
  }

  steps(steps: readonly TrafficStep[]): void {
    for (const step of steps) this.#step(step);
  }

  #step(step: TrafficStep): void {
    switch (step.kind) {
      case 'begin':
        this.#command(step.text);
        break;
      case 'commit':
      case 'rollback':
        this.#command(step.kind.toUpperCase());
        break;
      case 'think':
        this.operations.push({ kind: 'pause', length: this.#pause(step.think) });
        break;
      case 'let': {
        const evaluate = this.#expression(step.expression);
        this.operations.push({
          kind: 'assign',
          target: this.#placeOf(step.name),
          evaluate,
          text: `\\set ${step.name}`,
        });
        break;
      }
      case 'if':
        this.#if(step);
        break;
      case 'branch':
        this.#branch(step);
        break;
      case 'query':
        this.#query(step);
        break;
    }
  }

  #command(text: string): void {
    this.operations.push({ kind: 'command', message: trafficCommand(text), text });
  }

  #query({ text, names, pieces, order, capture, expect }: QueryStep): void {
    const sources = names.map((name) => this.#placeOf(name));
    const captures = capture.map(({ name, column }) => ({ target: this.#placeOf(name), column }));
    const { protocol, name, entry } = this.#naming;
    const wantsRow = captures.length > 0 || (expect?.columns.length ?? 0) > 0;
    const statement = trafficStatement(
      {
        text,
        protocol,
        name: protocol === 'named' ? `${entry}.${this.operations.length} ${name}` : '',
        wantsRow,
        pieces,
        order,
      },
      names.length,
    );
    const bound = new Array<string | null>(names.length).fill(null);
    this.operations.push({ kind: 'query', statement, sources, bound, captures, expect, text });
  }

  #if(step: TrafficStep & { readonly kind: 'if' }): void {
    const ends: number[] = [];
    for (const { condition, steps } of step.arms) {
      const test = this.#hold();
      this.steps(steps);
      ends.push(this.#hold());
      this.operations[test] = {
        kind: 'unless',
        evaluate: this.#expression(condition),
        to: this.operations.length,
        text: '\\if',
      };
    }
    this.steps(step.otherwise);
    this.#endAt(ends);
  }

  #branch({ arms }: TrafficStep & { readonly kind: 'branch' }): void {
    const choice = this.#hold();
    const draws = this.#draws('branch', choice);
    const pick = weightedSampler(arms.map(({ weight }) => weight));
    const targets: number[] = [];
    const ends: number[] = [];
    for (const { steps } of arms) {
      targets.push(this.operations.length);
      this.steps(steps);
      ends.push(this.#hold());
    }
    this.operations[choice] = { kind: 'choose', pick: (slot) => pick(draws.at(slot)), targets };
    this.#endAt(ends);
  }

  /** A place whose operation is not known yet. */
  #hold(): number {
    return this.operations.push({ kind: 'jump', to: 0 }) - 1;
  }

  #endAt(places: readonly number[]): void {
    for (const place of places) this.operations[place] = { kind: 'jump', to: this.operations.length };
  }

  #pause(think: Think): (slot: number, values: Values) => Milliseconds {
    const draws = this.#draws('think', this.operations.length);
    switch (think.kind) {
      case 'constant':
        return () => think.duration;
      case 'uniform':
        return (slot) => milliseconds(think.least + draws.at(slot).next() * (think.most - think.least));
      case 'exponential':
        return (slot) => milliseconds(standardExponential(draws.at(slot)) * think.mean);
      case 'variable': {
        const place = this.#placeOf(think.name);
        return (_, values) => {
          const times = Number(values[place] ?? Number.NaN);
          if (Number.isFinite(times) && times >= 0) return milliseconds(times * think.unit);
          throw new EvaluationError(
            `expected a time to sleep in :${think.name}, found ${values[place] ?? 'NULL'}`,
          );
        };
      }
    }
  }

  #expression(expression: Parameters<typeof compileExpression>[0]): (scope: Scope) => Value {
    return compileExpression(expression, {
      indexOf: (name) => this.#placeOf(name),
      seed: this.#naming.seed,
    });
  }

  #draws(what: string, place: number): RandomDraws {
    return new RandomDraws(randomKey(this.#naming.seed, what, this.#naming.name, place));
  }

  #placeOf(name: string): number {
    const known = this.#variables.indexOf(name);
    return known >= 0 ? known : this.#variables.push(name) - 1;
  }
}
