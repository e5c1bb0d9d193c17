import type { Generator } from '../generator.ts';
import type { Dataset, ResolvedColumn, Table } from '../model.ts';

/** A dataset on its way to one scale and seed. */
export interface Resolving {
  readonly dataset: Dataset;
  readonly tables: ReadonlyMap<string, Table>;
  readonly seed: number;
  readonly scale: number;
  /** By display name of the table. */
  readonly rows: Map<string, number>;
  /** By address, as far as they are resolved. */
  readonly columns: Map<string, ResolvedColumn>;
  /** Other generators, because a CHECK would not be kept otherwise; by address. */
  readonly replaced: Map<string, Generator<string>>;
  readonly notes: string[];
}
