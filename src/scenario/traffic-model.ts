import type { Distribution } from './distribution.ts';
import type { Expression } from '../expression/index.ts';
import type { PhaseName } from '../threshold/index.ts';
import type { Milliseconds, PerSecond } from '../units.ts';

import type { RetryPolicy } from './retry.ts';
import type { Location } from './location.ts';

/** What the application does, by all its pools. */
export interface Traffic {
  /** At least one; one that was not given a name is called `main`. */
  readonly workloads: readonly Workload[];
  readonly transactions: readonly Transaction[];
  /** Threads that share the slots between them: the slot's number modulo `workers`. */
  readonly workers: number;
  /** high: threads never sleep; undefined: where the machine has processors to spare. */
  readonly precision: 'high' | 'normal' | undefined;
  /** After the last phase, how long running and queued arrivals may take to finish. */
  readonly grace: Milliseconds;
}

/** Arrivals of one kind, on a pool of their own. */
export interface Workload {
  readonly name: string;
  readonly executor: Executor;
  /** Size of the pool; all open before the first arrival. */
  readonly connections: number;
  /** By the transaction's name; weights above 0, relative to each other. */
  readonly mix: readonly { readonly transaction: string; readonly weight: number }[];
  readonly manners: Manners;
  readonly location: Location;
}

/** How arrivals are made: k6's names, and `max`. */
export type Executor =
  /** `rates`: of the phases that are named; a phase that is not has the rate of the one before it. */
  | {
      readonly kind: 'constant-arrival-rate';
      readonly rates: readonly PhaseRate[];
      readonly arrival: ArrivalProcess;
      readonly whenSaturated: WhenSaturated;
    }
  /** Linear from one target to the next, from the start of the run; the last target holds on. */
  | {
      readonly kind: 'ramping-arrival-rate';
      readonly startRate: PerSecond;
      readonly stages: readonly RateStage[];
      readonly arrival: ArrivalProcess;
      readonly whenSaturated: WhenSaturated;
    }
  /** Closed loop: each virtual user begins again when it has its answer and has paused. */
  | { readonly kind: 'constant-vus'; readonly vus: number; readonly pause: Milliseconds }
  /** Closed loop over every connection of the pool, without a pause: what the database can carry. */
  | { readonly kind: 'max' };

export type ArrivalProcess = 'poisson' | 'uniform';

/** An arrival that finds no free connection: waits for one, or is counted as dropped. */
export type WhenSaturated = 'queue' | 'drop';

export interface PhaseRate {
  readonly phase: PhaseName;
  readonly rate: PerSecond;
}

export interface RateStage {
  readonly target: PerSecond;
  readonly duration: Milliseconds;
}

export const ISOLATION_LEVELS = ['read committed', 'repeatable read', 'serializable'] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** How the application treats its database. */
export interface Manners {
  readonly prepare: 'named' | 'unnamed' | 'simple';
  /** undefined: the server's default. */
  readonly isolation: IsolationLevel | undefined;
  /** How long an arrival waits for a connection before it fails; undefined: for ever. */
  readonly acquireTimeout: Milliseconds | undefined;
  readonly statementTimeout: Milliseconds | undefined;
  readonly lockTimeout: Milliseconds | undefined;
  readonly idleInTransactionTimeout: Milliseconds | undefined;
  /** After a serialization failure or a deadlock, on the same connection and with the same values. */
  readonly retry: RetryPolicy;
  /**
   * After `cached plan must not change result type`: prepare anew from the next arrival on; prepare anew and repeat the arrival at once; go on with the
   * broken statement; open a new connection.
   */
  readonly onPlanInvalidated: 'reprepare' | 'retry' | 'fail' | 'reconnect';
}

export interface Transaction {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly steps: readonly TrafficStep[];
}

export type TrafficStep =
  /** `text`: the whole command, with its isolation level where one is asked for. */
  | { readonly kind: 'begin'; readonly text: string }
  | { readonly kind: 'commit' | 'rollback' }
  | { readonly kind: 'think'; readonly think: Think }
  | {
      readonly kind: 'let';
      readonly name: string;
      readonly expression: Expression;
      readonly location: Location;
    }
  /** The first arm whose condition is true. */
  | {
      readonly kind: 'if';
      readonly arms: readonly { readonly condition: Expression; readonly steps: readonly TrafficStep[] }[];
      readonly otherwise: readonly TrafficStep[];
      readonly location: Location;
    }
  /** One arm by chance; weights above 0. */
  | {
      readonly kind: 'branch';
      readonly arms: readonly { readonly weight: number; readonly steps: readonly TrafficStep[] }[];
    }
  | QueryStep;

export interface QueryStep {
  readonly kind: 'query';
  /** With `$1`, `$2`, …; `names` says what to bind. */
  readonly text: string;
  readonly names: readonly string[];
  /** The text between the parameters, and which name stands after each piece: for the simple protocol. */
  readonly pieces: readonly string[];
  readonly order: readonly number[];
  /** PREPARE takes it, so that it can be checked before the run (manual, PREPARE). */
  readonly preparable: boolean;
  /** Of the first row; NULL where there is none. */
  readonly capture: readonly { readonly name: string; readonly column: string }[];
  readonly expect: Expectation | undefined;
  readonly location: Location;
}

/** What the application takes for granted; else the arrival fails as `expectation`. */
export interface Expectation {
  /** Returned or changed; undefined: any number. */
  readonly rows: { readonly least: number; readonly most: number } | undefined;
  /** Of the first row. A number is compared as one, anything else as the text that PostgreSQL prints. */
  readonly columns: readonly {
    readonly column: string;
    readonly value: string | null;
    readonly isNumber: boolean;
  }[];
}

export type Think =
  | { readonly kind: 'constant'; readonly duration: Milliseconds }
  | { readonly kind: 'uniform'; readonly least: Milliseconds; readonly most: Milliseconds }
  | { readonly kind: 'exponential'; readonly mean: Milliseconds }
  /** As many times `unit` as the variable says. */
  | { readonly kind: 'variable'; readonly name: string; readonly unit: Milliseconds };

export interface Parameter {
  readonly name: string;
  readonly value: ParameterValue;
  readonly location: Location;
}

export type ParameterValue =
  /** An existing value of `table.column`; `latest`: rank 0 is the newest row, else ranks are spread over the table. */
  | {
      readonly kind: 'key';
      readonly column: string;
      readonly distribution: Distribution;
      readonly latest: boolean;
    }
  /** `spread`: rank 0, the likeliest, is anywhere in the range, and so on; else it is `low`. */
  | {
      readonly kind: 'int';
      readonly low: number;
      readonly high: number;
      readonly distribution: Distribution;
      readonly spread: boolean;
    }
  /** `digits` after the point. */
  | { readonly kind: 'decimal'; readonly low: number; readonly high: number; readonly digits: number }
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly weights: readonly number[] }
  /** A method of faker, `person.firstName`. */
  | { readonly kind: 'faker'; readonly method: string }
  /** Random, version 4. */
  | { readonly kind: 'uuid' }
  /** `first` plus the number of the arrival: never twice in a run. */
  | { readonly kind: 'sequence'; readonly first: number }
  /** What pgbench gives a script: the number of a client, of as many as there are connections; the seed of the run. */
  | { readonly kind: 'client' }
  | { readonly kind: 'seed' };
