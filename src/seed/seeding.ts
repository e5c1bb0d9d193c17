import type { Clock } from '../clock.ts';
import type { ResolvedDataset } from '../dataset/index.ts';
import type { ConnectionSettings, Session } from '../target/index.ts';

import type { Crew } from './crew.ts';
import type { SeedProgress, WorkReporter } from './progress.ts';

export interface SeedOptions {
  /** Of the database to fill: empty, or left by an interrupted load. */
  readonly connection: ConnectionSettings;
  readonly dataset: ResolvedDataset;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SeedProgress) => void;
  /** That load at a time; by default as many as there are cores, four at most. */
  readonly connections?: number;
  /** The server is ours alone: what only a superuser may do, and what costs others, is done. */
  readonly ownServer: boolean;
  /** An interrupted load of the same dataset may be in the database; what it finished is not done again. */
  readonly resume: boolean;
}

/** What all stages need. */
export interface Seeding {
  readonly options: SeedOptions;
  readonly crew: Crew;
  /** For everything that is done once. */
  readonly session: Session;
  readonly reporter: WorkReporter;
}
