import { RandomDraws, randomKey, type RandomKey } from '../../statistics/index.ts';
import type { ColumnType } from '../column-type.ts';
import type { LayoutReader } from '../fan-out.ts';
import type { Value } from '../generator.ts';

/** A generator made ready: everything that does not depend on the row is decided. */
export interface Cell {
  readonly value: (row: number) => Value;
  /** No value is longer than this in PostgreSQL's binary format. */
  readonly maxBytes: number;
  /** Where every value comes from a list: the list, so that it can be rendered once. */
  readonly pool?: Pool;
  /** Faster than writing `value(row)`; same bytes, the length word included. */
  readonly write?: (buffer: Buffer, at: number, row: number) => number;
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

/** What a generator may depend on besides its own settings. */
export interface Scope {
  readonly seed: number;
  /** Table, column, and the way down into a JSON template or an array. */
  readonly path: readonly string[];
  readonly type: ColumnType;
  readonly rows: number;
  readonly layout: LayoutReader | undefined;
}

export function keyOf(scope: Scope, ...more: readonly string[]): RandomKey {
  return randomKey(scope.seed, ...scope.path, ...more);
}

export function drawsOf(scope: Scope, ...more: readonly string[]): RandomDraws {
  return new RandomDraws(keyOf(scope, ...more));
}
