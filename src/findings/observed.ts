import type { Finding, Result } from '../result/index.ts';

import type { MigrationStatement } from './statements.ts';

/** What detectors look at. */
export interface Scene {
  readonly result: Result;
  readonly statements: readonly MigrationStatement[];
}

/** What a detector says about one hazard; the catalogue adds what is the same for all of its kind. */
export type Observed = Omit<Finding, 'id' | 'manual' | 'accepted'>;

export type Detector = (scene: Scene) => readonly Observed[];
