import type { Value } from '../generator.ts';

import { pooledCell, type Cell, type Scope } from './cell.ts';
import { widest } from './faker.ts';
import type { MakeCell } from './make-cell.ts';

/** Values that grow, in PostgreSQL's order (locale C), with their number. */
export interface OrderedSources {
  readonly cell: Cell;
  readonly count: number;
  /** How often each is taken, up to a common factor; undefined: all alike. */
  readonly weights: (ArrayLike<number> & Iterable<number>) | undefined;
}

/** Where they are used. */
export interface Place {
  readonly scope: Scope;
  readonly make: MakeCell;
  /** Every source has another value: the file asks for their number. */
  readonly distinct: boolean;
}

/** Without ties, or with as many of each. */
export const even = (value: (source: number) => Value, maxBytes: number, count: number): OrderedSources => ({
  cell: { value, maxBytes },
  count,
  weights: undefined,
});

/** Out of a list that is in order. */
export function chosen(values: readonly Value[], weights: readonly number[]): OrderedSources {
  const cell = pooledCell({ values, placeOf: (source) => source }, widest(values.map((value) => value)));
  return { cell, count: values.length, weights };
}

/** `labels`: of an enum, in their order. */
export function compareValues(one: Value, other: Value, labels: readonly string[] | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (labels !== undefined) return labels.indexOf(String(one)) - labels.indexOf(String(other));
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}
