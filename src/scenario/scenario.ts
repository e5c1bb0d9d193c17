import type { Threshold } from '../threshold/index.ts';
import type { Milliseconds, PerSecond } from '../units.ts';

import type { Actor } from './actor-model.ts';
import type { ContainerWish } from './container.ts';
import type { MigrationStep } from './migration-model.ts';
import type { Traffic } from './traffic-model.ts';

/** What shall happen, complete: every default is applied, every name checked within the files of the scenario. */
export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly dataset: DatasetChoice;
  readonly scale: number;
  /** undefined: the dataset's. */
  readonly seed: number | undefined;
  /** Server settings by name, as written. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of other servers: names, with `*`, of databases where it may be rehearsed once they are marked. */
  readonly databases: readonly string[];
  /** Transactions of others beyond which such a server is left alone. */
  readonly otherTraffic: PerSecond;
  readonly container: ContainerWish;
  /** Leaves deadlock_timeout as production has it: deadlocks end as late as there, and only longer lock waits are timed by the server. */
  readonly faithfulDeadlocks: boolean;
  readonly traffic: Traffic;
  readonly actors: readonly Actor[];
  readonly phases: Phases;
  readonly migration: readonly MigrationStep[];
  /** Whether the migration is run a second time afterwards, without traffic: it must change nothing or fail cleanly. */
  readonly rerun: boolean;
  /** Whether each statement of the traffic is run alone before and after, and rolled back; undefined: it is not. */
  readonly statementBenchmark: StatementBenchmarkWish | undefined;
  readonly thresholds: readonly StatedThreshold[];
  readonly validity: readonly StatedThreshold[];
  readonly accept: readonly Acceptance[];
  /** The scenario that shows the safer way, as written. */
  readonly safer: string | undefined;
}

/** `time`: of all statements together, before as well as after. */
export interface StatementBenchmarkWish {
  readonly time: Milliseconds;
}

export type DatasetChoice =
  /** As written, to be read relative to the scenario's file. */
  | { readonly kind: 'file'; readonly file: string }
  /** The database holds its data already. */
  | { readonly kind: 'existing' };

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
