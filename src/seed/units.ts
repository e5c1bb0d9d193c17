import type { ResolvedTable } from '../dataset/index.ts';

import { placesFor } from './dead-tuples.ts';

/** What is loaded in one transaction: a leaf partition whose rows are known, else a table. Plain data for a thread. */
export interface LoadUnit {
  /** Quoted, with its schema: where the rows go, and the unit's name in the manifest. */
  readonly name: string;
  readonly display: string;
  /** Display name of the table of the dataset. */
  readonly table: string;
  /** Rows [from, to) of the table. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Share of dead tuples to load among them; 0 where they are made later (`ageing`). */
  readonly deadTuples: number;
  /** Rows go through a partitioned table: they can not be frozen. */
  readonly throughParent: boolean;
  readonly bytes: number;
}

/** Largest first, so that no connection is left alone with a large one at the end. */
export function unitsOf(tables: readonly ResolvedTable[]): readonly LoadUnit[] {
  return tables
    .filter(({ rows }) => rows > 0)
    .flatMap(unitsOfTable)
    .toSorted((one, other) => other.bytes - one.bytes);
}

function unitsOfTable(table: ResolvedTable): readonly LoadUnit[] {
  const { routes, storage, partitioned } = table;
  // Without columns the server fills the rows, and the places of dead ones are not ours to choose.
  const deadTuples = table.columns.length === 0 ? 0 : storage.deadTuples;
  if (routes === undefined) {
    const whole = { name: table.sqlName, display: table.display, from: 0, to: table.rows };
    return [unit(table, whole, { deadTuples: partitioned ? 0 : deadTuples, throughParent: partitioned })];
  }
  return routes
    .filter(({ from, to }) => to > from)
    .map(({ sqlName, display, from, to }) =>
      unit(table, { name: sqlName, display, from, to }, { deadTuples, throughParent: false }),
    );
}

function unit(
  table: ResolvedTable,
  place: Pick<LoadUnit, 'name' | 'display' | 'from' | 'to'>,
  state: Pick<LoadUnit, 'deadTuples' | 'throughParent'>,
): LoadUnit {
  const rows = place.to - place.from;
  const bytes = placesFor(rows, state.deadTuples) * table.bytesPerRow;
  return { ...place, ...state, table: table.display, rows, bytes };
}
