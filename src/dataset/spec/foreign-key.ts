import type { ColumnEntry, FanOutEntry } from '../definition.ts';
import type { Generator, Pick } from '../generator.ts';
import type { TableLayout } from '../model.ts';
import type { ForeignKey, SchemaTable } from '../schema/schema.ts';

import type { EntryGenerator } from './column-generator.ts';
import { readDistribution } from './distribution.ts';
import type { ColumnDraft } from './draft.ts';
import type { ForeignKeys, KeyReference, TableSource } from './table-source.ts';
import { tableOf } from './unique.ts';

export function foreignKeysOf(table: SchemaTable, tables: ReadonlyMap<string, SchemaTable>): ForeignKeys {
  return {
    of: (column) => {
      const foreignKey = table.foreignKeys.find(({ columns }) => columns.includes(column));
      return foreignKey === undefined ? undefined : referenceOf(foreignKey, column, tables);
    },
  };
}

function referenceOf(
  { columns, target, targetColumns }: ForeignKey,
  column: string,
  tables: ReadonlyMap<string, SchemaTable>,
): KeyReference | undefined {
  const keys = targetColumns.length > 0 ? targetColumns : (tables.get(target)?.primaryKey ?? []);
  const key = keys[columns.indexOf(column)];
  return key === undefined ? undefined : { key: `${target}.${key}`, draw: columns[0] ?? column };
}

interface Place {
  readonly entry: ColumnEntry;
  readonly layout: TableLayout;
  readonly source: TableSource;
}

/** For a column that refers to another: from the file's `ref`, or from a foreign key; undefined for other columns. */
export function foreignKeyGenerator(
  column: ColumnDraft,
  stated: EntryGenerator,
  { entry, layout, source }: Place,
): Generator<string> | undefined {
  const constraint = source.foreignKeys.of(column.name);
  if (stated.kind === 'generator' && stated.generator.kind !== 'reference') return undefined;
  const key =
    stated.kind === 'generator' && stated.generator.kind === 'reference'
      ? stated.generator.key
      : constraint?.key;
  if (key === undefined) return undefined;
  return {
    kind: 'reference',
    key,
    pick: pickOf(column, key, constraint?.draw ?? column.name, { entry, layout, source }),
  };
}

function pickOf(column: ColumnDraft, key: string, draw: string, { entry, layout, source }: Place): Pick {
  const parent = tableOf(key);
  if (parent === column.table) return { kind: 'earlier', draw, root: column.notNull ? 'self' : 'null' };
  const says = entry.distribution !== undefined || entry.childless !== undefined;
  if (!says && layout.kind === 'clustered' && layout.parent === parent) return { kind: 'parent' };
  return { ...drawnPick(entry, source.entry?.per === parent ? source.entry.fanout : undefined), draw };
}

/** A fan-out that is not clustered is a draw of the parent for each row. */
function drawnPick(
  entry: ColumnEntry,
  fanout: FanOutEntry | undefined,
): Omit<Extract<Pick, { kind: 'random' }>, 'draw'> {
  const distribution = readDistribution(entry.distribution ?? fanout?.distribution);
  return { kind: 'random', distribution, childless: entry.childless ?? fanout?.childless ?? 0 };
}
