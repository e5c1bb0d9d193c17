import type { ResolvedTable } from '../dataset/index.ts';
import type { FailureCode } from '../errors.ts';

import type { SeedTarget } from './session.ts';
import type { LoadUnit } from './units.ts';

/* What passes between the seeding and its loader threads. Plain data. */

export interface LoaderInput extends SeedTarget {
  /** Connections of the thread, each a loader: 0, 1, …. */
  readonly loaders: number;
}

export type ToLoader =
  | {
      readonly kind: 'load';
      readonly loader: number;
      readonly unit: LoadUnit;
      readonly table: ResolvedTable;
    }
  | { readonly kind: 'close'; readonly loader: number };

export type FromLoader =
  | { readonly kind: 'ready'; readonly loader: number; readonly pid: number }
  | { readonly kind: 'rows'; readonly loader: number; readonly rows: number }
  | { readonly kind: 'loaded'; readonly loader: number; readonly rows: number }
  | { readonly kind: 'closed'; readonly loader: number }
  | { readonly kind: 'failed'; readonly loader: number; readonly failure: PlainFailure };

/** A failure without its class, which does not cross to another thread. */
export interface PlainFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;
}
