import { RandomDraws, randomKey, type RandomKey } from '../../statistics/index.ts';
import type { ColumnType } from '../column-type.ts';
import type { LayoutReader } from '../fan-out.ts';
import type { Value } from '../generator.ts';
import type { CountedNulls } from '../nulls.ts';
import type { Page } from '../page.ts';

/** A generator made ready: everything that does not depend on the row is decided. */
export interface Cell {
  readonly value: (row: number) => Value;
  /** No value is longer than this in PostgreSQL's binary format. */
  readonly maxBytes: number;
  /** Where every value comes from a list: the list, so that it can be rendered once. */
  readonly pool?: Pool;
  /** Where every value is a list: its length and its elements one by one. */
  readonly list?: List;
  /** Where some values are NULL: which, and the cell of the others. */
  readonly nullable?: { readonly isNull: (row: number) => boolean; readonly cell: Cell };
  /** Faster than writing `value(row)`; same bytes, the length word included. */
  readonly write?: PutRow;
  /** Faster than the text of `value(row)`: that text, as it stands in a JSON string. */
  readonly writeText?: PutRow;
}

/** Writes what belongs to a row from `at` on; gives back where that ends. */
export type PutRow = (page: Page, at: number, row: number) => number;

export interface List {
  readonly sizeOf: (row: number) => number;
  /** Its row `row · most + n` is the element n of a row. */
  readonly element: Cell;
  readonly most: number;
}

export interface Pool {
  readonly values: readonly Value[];
  /** Place in the list. */
  readonly placeOf: (row: number) => number;
}

export function pooledCell(pool: Pool, maxBytes: number): Cell {
  const { values, placeOf } = pool;
  return { value: (row) => values[placeOf(row)] ?? null, maxBytes, pool };
}

/** The values of `cell` in other rows. */
export function remapped(cell: Cell, rowOf: (row: number) => number): Cell {
  const { value, maxBytes, pool, write, writeText } = cell;
  return {
    value: (row) => value(rowOf(row)),
    maxBytes,
    ...(pool === undefined
      ? {}
      : { pool: { values: pool.values, placeOf: (row: number) => pool.placeOf(rowOf(row)) } }),
    ...(write === undefined ? {} : { write: (buffer, at, row) => write(buffer, at, rowOf(row)) }),
    ...(writeText === undefined ? {} : { writeText: (buffer, at, row) => writeText(buffer, at, rowOf(row)) }),
  };
}

/** What a generator may depend on besides its own settings. */
export interface Scope {
  readonly seed: number;
  /** Table, column, and the way down into a JSON template or an array. */
  readonly path: readonly string[];
  readonly type: ColumnType;
  readonly rows: number;
  readonly layout: LayoutReader | undefined;
  /** Of the column, where its generator counts the rows that are not NULL. */
  readonly nulls: CountedNulls | undefined;
}

export function keyOf(scope: Scope, ...more: readonly string[]): RandomKey {
  return randomKey(scope.seed, ...scope.path, ...more);
}

export function drawsOf(scope: Scope, ...more: readonly string[]): RandomDraws {
  return new RandomDraws(keyOf(scope, ...more));
}
