import type { Distribution } from '../statistics/index.ts';

import type { SpecialName, ScalarType } from './column-type.ts';

/**
 * What a generator yields. Numbers: booleans as 0 and 1, dates in days, timestamps in microseconds (both since
 * 2000-01-01 UTC, as PostgreSQL keeps them), times and intervals in microseconds, numeric in units of its last
 * generated decimal. Text for every other type, a list for arrays. Null for NULL.
 */
export type Value = ScalarValue | readonly ScalarValue[];
export type ScalarValue = number | string | null;

/**
 * How the values of a column come about, every default filled in. `Key` says how another column is named: by its
 * address `customers.id` in a `Dataset`, as the resolved column itself in a `ResolvedDataset`.
 */
export type Generator<Key> =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'sequence'; readonly start: number; readonly step: number }
  | NumberGenerator
  /** Whole numbers from `min` on, as many as the table has rows, each once, in random order; none above `max`. */
  | { readonly kind: 'permuted'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean'; readonly share: number }
  /** Version 7 carries a time that grows with the row; microseconds since 2000. */
  | { readonly kind: 'uuid'; readonly version: 4 | 7; readonly from: number; readonly to: number }
  | { readonly kind: 'choice'; readonly values: readonly Value[]; readonly weights: readonly number[] }
  | FakerGenerator
  | TextGenerator
  /** Upper-case base 36 of fixed width; no two rows alike. */
  | { readonly kind: 'code'; readonly max: number | undefined }
  | { readonly kind: 'bytes'; readonly min: number; readonly max: number }
  | { readonly kind: 'inet' }
  | ReferenceGenerator<Key>
  | IndexedGenerator<Key>
  /** Values of a type without a generator of its own; all different as far as the type allows. */
  | { readonly kind: 'special'; readonly name: SpecialName; readonly modifier: number | undefined }
  | RangeGenerator<Key>
  | { readonly kind: 'record'; readonly fields: readonly Generator<Key>[] }
  /** One of several by their shares; generators with the same `draw` in one table take the same branch in a row. */
  | {
      readonly kind: 'branch';
      readonly draw: string;
      readonly shares: readonly number[];
      readonly of: readonly Generator<Key>[];
    }
  | SeriesGenerator
  | { readonly kind: 'after'; readonly base: Key; readonly lag: Lag }
  | { readonly kind: 'json'; readonly template: JsonTemplate<Key> }
  | { readonly kind: 'array'; readonly of: Generator<Key>; readonly length: ArrayLength }
  /** The place of the row among the children of its parent, from `start`. */
  | { readonly kind: 'ordinal'; readonly start: number }
  /** One of the values, never the same twice for one parent. */
  | { readonly kind: 'distinct-choice'; readonly values: readonly ScalarValue[] };

/** The key of a row of another table. The columns of one foreign key have the same `draw`, so that they refer to one row. */
export interface ReferenceGenerator<Key> {
  readonly kind: 'reference';
  readonly key: Key;
  readonly draw: string;
  readonly pick: Pick<Key>;
}

/**
 * Values of `of` by their number: as many different ones as `distinct` says, in an order of the rows that has the
 * correlation, the first of them most often where the distribution is not even.
 */
export interface IndexedGenerator<Key> {
  readonly kind: 'indexed';
  readonly of: Generator<Key>;
  /** Below 0 a share of the rows, until it is resolved; undefined: as many as there are rows. */
  readonly distinct: number | undefined;
  /** As pg_stats has it; undefined: in random order. */
  readonly correlation: number | undefined;
  readonly distribution: Distribution;
}

/** A range from a value of `of` on, upper bound exclusive. */
export interface RangeGenerator<Key> {
  readonly kind: 'range';
  /** Makes numbers. */
  readonly of: Generator<Key>;
  /** In units of the subtype. */
  readonly min: number;
  readonly max: number;
  /** The range of a row ends where that of the next row begins, at the latest. */
  readonly disjoint: boolean;
}

/** A draw from `shape`, clipped to [min, max]; all in the type's own unit, not in units of its last decimal. */
export interface NumberGenerator {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly shape: NumberShape;
}

export type NumberShape =
  | { readonly kind: 'uniform' }
  /** The smallest value is rank 0. */
  | { readonly kind: 'ranked'; readonly distribution: Distribution }
  | { readonly kind: 'gaussian'; readonly mean: number; readonly deviation: number }
  /** Of the natural logarithm. */
  | { readonly kind: 'log_normal'; readonly mu: number; readonly sigma: number };

export interface FakerGenerator {
  readonly kind: 'faker';
  /** `internet.email`. */
  readonly method: string;
  /** Characters that the type allows. */
  readonly max: number | undefined;
  readonly unique: boolean;
  /** "Now" of faker's dates; microseconds since 2000. */
  readonly refDate: number;
}

export interface TextGenerator {
  readonly kind: 'text';
  readonly length: TextLength;
  /** Characters that the type allows. */
  readonly max: number | undefined;
  readonly unique: boolean;
}

export type TextLength =
  /** Characters, log-normal between the two percentiles. */
  | { readonly kind: 'width'; readonly p50: number; readonly p95: number; readonly max: number }
  | { readonly kind: 'words'; readonly min: number; readonly max: number };

/** Times that grow with the row number; microseconds since 2000. */
export interface SeriesGenerator {
  readonly kind: 'series';
  readonly from: number;
  readonly to: number;
  /** How much more a year brings than the one before: 0.4 is 40 %. */
  readonly growth: number;
  /** Microseconds around the regular place; undefined: as far as the next row's place. */
  readonly jitter: number | undefined;
  readonly rhythm: Rhythm;
}

/** How the rate of a series changes over the day and the week, in UTC. */
export interface Rhythm {
  readonly daily: 'flat' | 'business';
  readonly weekly: 'flat' | 'business';
}

/** Microseconds. */
export type Lag =
  | { readonly kind: 'fixed'; readonly value: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'exponential'; readonly mean: number };

/** Undefined mean: every length alike. */
export interface ArrayLength {
  readonly min: number;
  readonly max: number;
  readonly mean: number | undefined;
}

/** Which row of the parent a row refers to. */
export type Pick<Key> =
  /**
   * By rank, the ranks permuted so that hot parents do not stand on neighbouring pages; a share of the parents is
   * never drawn.
   */
  | { readonly kind: 'random'; readonly distribution: Distribution; readonly childless: number }
  /** Spread evenly over the parents in their order; each once where there are not more rows than parents. */
  | { readonly kind: 'spread' }
  /** As many rows of the parent as this column has sources, evenly over the parents in their order, or at random. */
  | { readonly kind: 'ordered' }
  | { readonly kind: 'scattered' }
  /** The parent by which the table is laid out. */
  | { readonly kind: 'parent' }
  /** Random, but never the same twice for one parent of the layout. */
  | { readonly kind: 'partner' }
  /** One of two different rows, both drawn together; ordered: the first one is before the second. */
  | { readonly kind: 'pair'; readonly place: 0 | 1; readonly ordered: boolean }
  /** A row before this one of the same table; the first row refers to nothing, or to itself. */
  | { readonly kind: 'earlier'; readonly root: 'null' | 'self' }
  /**
   * A row of those that belong to the same owner as this row: `owner` is this table's reference to it, and the
   * parent's rows are spread evenly over the owners.
   */
  | {
      readonly kind: 'within';
      readonly owner: ReferenceGenerator<Key>;
      /** The parent is this table itself, and its row one before this; what the owner's first row refers to. */
      readonly earlier: 'null' | 'self' | undefined;
    };

export type JsonTemplate<Key> =
  | { readonly kind: 'literal'; readonly json: string }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry<Key>[] }
  | { readonly kind: 'list'; readonly items: readonly JsonTemplate<Key>[] }
  | {
      readonly kind: 'value';
      readonly type: ScalarType;
      readonly generator: Generator<Key>;
      readonly nullFrac: number;
    };

export interface JsonEntry<Key> {
  readonly key: string;
  readonly value: JsonTemplate<Key>;
}
