import type { Distribution } from '../statistics/index.ts';

import type { ScalarType } from './column-type.ts';

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
  | { readonly kind: 'reference'; readonly key: Key; readonly pick: Pick }
  | SeriesGenerator
  | { readonly kind: 'after'; readonly base: Key; readonly lag: Lag }
  | { readonly kind: 'json'; readonly template: JsonTemplate<Key> }
  | { readonly kind: 'array'; readonly of: Generator<Key>; readonly length: ArrayLength }
  /** The place of the row among the children of its parent, from `start`. */
  | { readonly kind: 'ordinal'; readonly start: number }
  /** One of the values, never the same twice for one parent. */
  | { readonly kind: 'distinct-choice'; readonly values: readonly ScalarValue[] };

/** A draw from `shape`, clipped to [min, max]; all in the type's own unit, not in units of its last decimal. */
export interface NumberGenerator {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly shape: NumberShape;
}

export type NumberShape =
  | { readonly kind: 'uniform' }
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
export type Pick =
  /**
   * By rank, the ranks permuted so that hot parents do not stand on neighbouring pages; a share of the parents is
   * never drawn. The columns of one foreign key have the same `draw`.
   */
  | {
      readonly kind: 'random';
      readonly distribution: Distribution;
      readonly childless: number;
      readonly draw: string;
    }
  /** Spread evenly over the parents in their order; each once where there are not more rows than parents. */
  | { readonly kind: 'spread' }
  /** The parent by which the table is laid out. */
  | { readonly kind: 'parent' }
  /** Random, but never the same twice for one parent of the layout. */
  | { readonly kind: 'partner' }
  /** A row before this one of the same table; the first row refers to nothing, or to itself. */
  | { readonly kind: 'earlier'; readonly draw: string; readonly root: 'null' | 'self' };

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
