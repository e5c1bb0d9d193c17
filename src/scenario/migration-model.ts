import type { Milliseconds } from '../units.ts';

import type { RetryPolicy } from './retry.ts';
import type { Location } from './location.ts';

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
  /** In which the lines of its statements are counted; absent where they stand in the scenario. */
  readonly file?: string;
  readonly units: readonly SqlUnit[];
}

export interface BackfillStep extends StepPolicy {
  readonly kind: 'backfill';
  readonly table: string;
  /** Columns by which batches are cut; undefined: the primary key, which the server knows. */
  readonly key: readonly string[] | undefined;
  readonly set: string;
  readonly where: string | undefined;
  readonly batch: number;
  readonly pause: Milliseconds;
}

export interface CommandStep extends StepPolicy {
  readonly kind: 'command';
  readonly command: string;
  /** False: it has nothing to do in the database. */
  readonly connects: boolean;
}

export type MigrationStep = SqlStep | BackfillStep | CommandStep;
