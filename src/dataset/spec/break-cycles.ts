import type { Column, Table } from '../model.ts';

import { findCycles, keysOf } from './order.ts';

export interface WithoutCycles {
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}

/** Keys that follow from each other in a circle: a column of it that may be NULL is, in all rows. */
export function breakCycles(tables: readonly Table[]): WithoutCycles {
  const edges = tables.flatMap((table) =>
    table.columns.map(({ name, generator }) => [`${table.display}.${name}`, keysOf(generator)] as const),
  );
  const cycles = findCycles(new Map(edges));
  const cycle = cycles.find((one) => one.some((name) => isFree(name, tables)));
  const address = cycle?.find((one) => isFree(one, tables));
  if (cycle === undefined || address === undefined) return { tables, notes: [] };
  const rest = breakCycles(tables.map((table) => withNull(table, address)));
  const note = `${address} is NULL in all rows, because keys follow from each other: ${[...cycle, cycle[0] ?? ''].join(' → ')}`;
  return { tables: rest.tables, notes: [note, ...rest.notes] };
}

const isAt = (table: Table, { name }: Column, address: string): boolean =>
  `${table.display}.${name}` === address;

const isFree = (address: string, tables: readonly Table[]): boolean =>
  tables.some((table) =>
    table.columns.some((column) => isAt(table, column, address) && !column.notNull && !column.explicit),
  );

const withNull = (table: Table, address: string): Table => ({
  ...table,
  columns: table.columns.map((column) =>
    isAt(table, column, address)
      ? { ...column, nullFrac: 0, generator: { kind: 'constant', value: null } as const }
      : column,
  ),
});
