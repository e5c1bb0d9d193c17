import type { ExpectEntry, ExpectationEntry, StorageEntry } from '../definition.ts';
import { readExpectation } from '../expectation.ts';
import type { ColumnExpectation, Expectation, ResolvedStorage, TableExpectation } from '../model.ts';

import { nearest, type Context } from './context.ts';
import type { TableSource } from './table-source.ts';

export function readStorage(entry: StorageEntry = {}): ResolvedStorage {
  return {
    fillfactor: entry.fillfactor,
    deadTuples: entry.dead_tuples ?? 0,
    freeSpace: entry.free_space ?? 0,
    statisticsTarget: entry.statistics_target,
  };
}

const OF_COLUMNS = ['correlation', 'null_frac', 'n_distinct', 'avg_width'] as const;

export function readExpect({ expect = {}, table }: TableSource, context: Context): TableExpectation {
  const names = new Set(OF_COLUMNS.flatMap((key) => Object.keys(expect[key] ?? {})));
  const known = table.columns.map((column) => column.name);
  for (const name of names)
    if (!known.includes(name))
      context.report(
        ['columns', name],
        `expect names the column ${JSON.stringify(name)}, which ${table.display} does not have`,
        nearest(name, known),
      );
  return {
    rows: read(expect.rows),
    allVisible: read(expect.all_visible),
    deadTuples: read(expect.dead_tuples),
    columns: [...names].map((column) => columnExpectation(column, expect)),
  };
}

const columnExpectation = (column: string, expect: ExpectEntry): ColumnExpectation => ({
  column,
  correlation: read(expect.correlation?.[column]),
  nullFrac: read(expect.null_frac?.[column]),
  nDistinct: read(expect.n_distinct?.[column]),
  avgWidth: read(expect.avg_width?.[column]),
});

const read = (entry: ExpectationEntry | undefined): Expectation | undefined =>
  entry === undefined ? undefined : readExpectation(entry);
