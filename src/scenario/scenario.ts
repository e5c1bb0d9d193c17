import type { Distribution } from './distribution.ts';
import type { PhaseName, Threshold } from '../threshold/index.ts';
import type { Milliseconds, PerSecond } from '../units.ts';

/** What shall happen, complete: every default is applied, every name checked within the files of the scenario. */
export interface Scenario {
  readonly name: string;
  readonly file: string;
  /** As written, to be read relative to `file`. */
  readonly dataset: string;
  readonly scale: number;
  /** undefined: the dataset's. */
  readonly seed: number | undefined;
  /** Server settings by name, as written. */
  readonly settings: Readonly<Record<string, string>>;
  readonly traffic: Traffic;
  readonly actors: readonly Actor[];
  readonly phases: Phases;
  readonly migration: readonly MigrationStep[];
  readonly thresholds: readonly StatedThreshold[];
  readonly validity: readonly StatedThreshold[];
  readonly accept: readonly Acceptance[];
  /** The scenario that shows the safer way, as written. */
  readonly safer: string | undefined;
}

export interface Phases {
  readonly warmup: Milliseconds;
  readonly baseline: Milliseconds;
  /** Lasts until the migration is over, but at least `min` so that there is something to judge; cancelled at `max`. */
  readonly migration: { readonly min: Milliseconds; readonly max: Milliseconds };
  readonly recovery: Milliseconds;
}

export interface StatedThreshold {
  readonly selector: string;
  readonly condition: string;
  readonly parsed: Threshold;
}

export interface Acceptance {
  readonly finding: string;
  readonly reason: string;
}

/** Where in the scenario's files something stands, for messages that come later (plan, preparing on the server). */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly path: string;
}

export interface Traffic {
  readonly connections: number;
  readonly rate: PerSecond;
  readonly arrival: 'poisson' | 'uniform';
  readonly prepare: 'named' | 'unnamed';
  readonly statementTimeout: Milliseconds | undefined;
  readonly lockTimeout: Milliseconds | undefined;
  /** After the last phase, how long running and queued arrivals may take to finish. */
  readonly grace: Milliseconds;
  readonly transactions: readonly Transaction[];
}

export interface Transaction {
  readonly name: string;
  /** Above 0; relative to the other weights. */
  readonly weight: number;
  readonly parameters: readonly Parameter[];
  readonly steps: readonly TrafficStep[];
}

export type TrafficStep =
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'think'; readonly duration: Milliseconds }
  | {
      readonly kind: 'query';
      /** With `$1`, `$2`, …; `names` says what to bind. */
      readonly text: string;
      readonly names: readonly string[];
      /** PREPARE takes it, so that it can be checked before the run (manual, PREPARE). */
      readonly preparable: boolean;
      readonly capture: readonly { readonly name: string; readonly column: string }[];
      readonly location: Location;
    };

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
  | { readonly kind: 'int'; readonly low: number; readonly high: number }
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly weights: readonly number[] }
  /** Random, version 4. */
  | { readonly kind: 'uuid' }
  /** The number of the arrival: never twice in a run. */
  | { readonly kind: 'sequence' };

/** A background session that is not request traffic. */
export interface Actor {
  readonly name: string;
  /** report: repeats its query in one repeatable-read transaction; idle-in-transaction: runs it once, then idles. */
  readonly kind: 'report' | 'idle-in-transaction';
  readonly query: string;
  readonly phase: PhaseName;
  /** From the start of the phase; may be negative. */
  readonly start: Milliseconds;
  readonly duration: Milliseconds;
  readonly location: Location;
}

export interface RetryPolicy {
  /** Further tries after the first. */
  readonly retries: number;
  /** Before the first retry; doubled each time up to `maxBackoff`. */
  readonly backoff: Milliseconds;
  readonly maxBackoff: Milliseconds;
}

interface StepPolicy extends RetryPolicy {
  readonly name: string;
  readonly lockTimeout: Milliseconds | undefined;
  readonly statementTimeout: Milliseconds | undefined;
  readonly location: Location;
}

export interface MigrationStatement {
  readonly text: string;
  readonly line: number;
  /** Runs inside a transaction block; else outside of one, because PostgreSQL refuses it there or it may commit by itself. */
  readonly transactional: boolean;
}

/** What is committed, and tried again, together. */
export interface SqlUnit {
  /** As the script begins it, with its isolation level. */
  readonly begin: string;
  readonly statements: readonly MigrationStatement[];
}

export interface SqlStep extends StepPolicy {
  readonly kind: 'sql';
  readonly units: readonly SqlUnit[];
}

export interface BackfillStep extends StepPolicy {
  readonly kind: 'backfill';
  readonly table: string;
  readonly key: string;
  readonly set: string;
  readonly where: string | undefined;
  readonly batch: number;
  readonly pause: Milliseconds;
}

export interface CommandStep extends StepPolicy {
  readonly kind: 'command';
  readonly command: string;
}

export type MigrationStep = SqlStep | BackfillStep | CommandStep;
