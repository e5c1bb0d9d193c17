/** The physical and statistical state of a dataset in a database, beside what was asked for. Plain data, fit for JSON. */
export interface StateCard {
  readonly dataset: string;
  readonly scale: number;
  readonly seed: number;
  /** `18.4`. */
  readonly server: string;
  /** Bytes of the server that loaded or was looked at. */
  readonly sharedBuffers: number;
  /** Rows, NULLs and distinct values were counted, not estimated. */
  readonly exact: boolean;
  readonly tables: readonly TableState[];
  /** What could not be measured, and why. */
  readonly notMeasured: readonly string[];
}

export interface TableState {
  /** As people write it. */
  readonly table: string;
  readonly rows: Compared;
  /** Bytes, those of partitions added up. */
  readonly heap: number;
  readonly toast: number;
  readonly indexes: number;
  /** Share of the heap's pages. */
  readonly allVisible: Compared;
  /** Share of the heap's pages; PostgreSQL counts them from 18 on. */
  readonly allFrozen: number | null;
  /** Share of all tuples, dead ones of `n_dead_tup`. */
  readonly deadTuples: Compared;
  /** `n_ins_since_vacuum`: what brings an insert-driven autovacuum. */
  readonly insertsSinceVacuum: number;
  /** Levels of the deepest btree above its leaves. */
  readonly treeLevel: number | null;
  /** Sum of the hashes of all rows as text; only where asked for. */
  readonly contentHash: string | null;
  readonly columns: readonly ColumnState[];
}

export interface ColumnState {
  readonly column: string;
  readonly nullFrac: Compared;
  /** Number of distinct values, NULL not counted. */
  readonly nDistinct: Compared;
  readonly correlation: Compared;
  /** Bytes. */
  readonly avgWidth: Compared;
}

/** Null: nobody asked, or nobody could measure. */
export interface Compared {
  readonly asked: number | null;
  readonly got: number | null;
  /** Both ends belong to it; null: any value will do. */
  readonly allowed: Interval | null;
  /** Why the limits are not around what was asked. */
  readonly because?: string;
}

export interface Interval {
  readonly min: number;
  readonly max: number;
}

/** What is not there is not within its limits either. */
export function isWithin({ got, allowed }: Compared): boolean {
  return allowed === null || (got !== null && got >= allowed.min && got <= allowed.max);
}
