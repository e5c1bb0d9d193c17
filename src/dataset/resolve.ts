import type { Dataset, ResolvedDataset } from './model.ts';

export interface ResolveOptions {
  /** Multiplies the row counts of tables with `scale: linear`. */
  readonly scale: number;
  /** Instead of the file's. */
  readonly seed?: number | undefined;
}

/** Throws `Failure('dataset.impossible')` where no rows can satisfy what is asked. */
export function resolveDataset(_dataset: Dataset, _options: ResolveOptions): ResolvedDataset {
  throw new Error('being written');
}
