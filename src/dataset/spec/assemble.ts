import type { Path, ReadDocument } from '../../document/index.ts';
import type { Issue } from '../../errors.ts';
import { parseTimestamp } from '../calendar.ts';
import type { ColumnType } from '../column-type.ts';
import type { DatasetFile } from '../definition.ts';
import type { Dataset, Place, SchemaText, Table } from '../model.ts';
import type { Schema, SchemaTable } from '../schema/schema.ts';

import { breakCycles } from './break-cycles.ts';
import { impossibleKeys, missingTargets, sizeCycles } from './check-references.ts';
import { nearest, type Context, type Unread } from './context.ts';
import { foreignKeysOf } from './foreign-key.ts';
import { inLoadOrder } from './order.ts';
import { sharedColumns } from './shared-columns.ts';
import { assembleTable, type AssembledTable } from './table.ts';
import type { TableSource } from './table-source.ts';

interface WrittenSchema extends Schema {
  readonly text: SchemaText;
  /** The words of each statement that could not be read. */
  readonly broken: readonly ReadonlySet<string>[];
}

/** What the issues are collected from. */
interface Assembly {
  readonly document: ReadDocument<DatasetFile>;
  readonly schema: WrittenSchema;
  /** Key in the file by display name: people may write `public.orders`. */
  readonly keyOf: ReadonlyMap<string, string>;
  readonly isUnread: Unread;
  readonly issues: Issue[];
}

/** The file and the schema together, and every mistake in what they say about each other. */
export function assembleDataset(
  file: string,
  document: ReadDocument<DatasetFile>,
  schema: WrittenSchema,
): { readonly dataset: Dataset; readonly issues: readonly Issue[] } {
  const written = document.value;
  const keyOf = new Map(Object.keys(written.tables).map((key) => [key.replace(/^public\./, ''), key]));
  const assembly: Assembly = { document, schema, keyOf, isUnread: unreadIn(schema), issues: [] };
  checkTableNames(assembly);
  const assembled = assembleTables(assembly);
  const broken = breakCycles(assembled.map((one) => one.table));
  const tables = inLoadOrder(broken.tables);
  const leftOut = new Set(assembled.flatMap((one) => one.unsure));
  checkKeys(tables, leftOut, assembly);
  const dataset: Dataset = {
    name: written.name ?? baseName(file),
    file,
    seed: written.seed,
    schema: schema.text,
    tables,
    partitioned: schema.partitioned,
    notes: [...assembled.flatMap((one) => one.notes), ...broken.notes],
  };
  return { dataset, issues: assembly.issues };
}

const baseName = (file: string): string => (file.split(/[/\\]/).at(-1) ?? file).replace(/\.[^.]+$/, '');

/** Names are compared part by part: `sales.orders` may stand in the statement with or without its schema. */
function unreadIn({ broken }: WrittenSchema): Unread {
  return (...names) => {
    const parts = names.flatMap((name) => name.toLowerCase().match(/[\p{L}\d_$]+/gu) ?? []);
    return broken.some((words) => parts.every((part) => words.has(part)));
  };
}

function checkTableNames({ document, schema, keyOf, isUnread, issues }: Assembly): void {
  const names = schema.tables.map((table) => table.display);
  for (const [name, key] of keyOf) {
    if (names.includes(name) || isUnread(name)) continue;
    const message = `the schema has no table ${JSON.stringify(key)}`;
    issues.push(document.issueAt(['tables', key], message, nearest(name, names)));
  }
  for (const section of ['storage', 'expect'] as const)
    for (const name of Object.keys(document.value[section] ?? {})) {
      if (names.includes(name.replace(/^public\./, '')) || (section === 'storage' && name === 'default'))
        continue;
      const message = `the schema has no table ${JSON.stringify(name)}`;
      issues.push(document.issueAt([section, name], message, nearest(name, names)));
    }
}

function assembleTables(assembly: Assembly): readonly AssembledTable[] {
  const { document, schema, keyOf, isUnread, issues } = assembly;
  const written = document.value;
  const byName = new Map(schema.tables.map((table) => [table.display, table]));
  const context = { refDate: refDateOf(assembly), isUnread, ...columnsOf(schema) };
  const shared = sharedColumns(byName);
  const names = [...byName.keys()];
  return schema.tables.map((table) => {
    const key = keyOf.get(table.display) ?? table.display;
    const source = {
      table,
      entry: written.tables[key],
      isBroken: (column: string) => document.breaks.touch(['tables', key, 'columns', column]),
      defaultNullFrac: written.defaults.null_frac ?? 0,
      storage: written.storage?.[key] ?? written.storage?.['default'],
      expect: written.expect?.[key],
      foreignKeys: foreignKeysOf(table, shared),
      tables: names,
      ...placesOf(table, key, assembly),
      reportSchema: (line: number, path: string, message: string, hint: string) =>
        issues.push({ file: schema.text.file, line, path, message, hint }),
    };
    const report: Context['report'] = (path, message, hint) =>
      issues.push(document.issueAt(['tables', key, ...path], message, hint));
    return assembleTable(source, { ...context, report });
  });
}

function placesOf(
  { display, line, columns }: SchemaTable,
  key: string,
  { document, schema }: Assembly,
): Pick<TableSource, 'at' | 'placeOf'> {
  const entry = document.value.tables[key];
  const { file } = schema.text;
  const written = (...path: Path): Place => document.issueAt(['tables', key, ...path], '');
  return {
    at:
      entry === undefined ? { file, line, path: display } : written(entry.per === undefined ? 'rows' : 'per'),
    placeOf: (name) => {
      if (entry?.columns[name] !== undefined) return written('columns', name);
      const found = columns.find((column) => column.name === name);
      return { file, line: found?.line ?? line, path: `${display}.${name}` };
    },
  };
}

function refDateOf({ document, issues }: Assembly): number {
  const written = document.value.ref_date;
  const read = parseTimestamp(written);
  if (read === undefined) {
    issues.push(
      document.issueAt(['ref_date'], `expected a date or a time, found ${JSON.stringify(written)}`),
    );
  }
  return read ?? 0;
}

function columnsOf(schema: Schema): Pick<Context, 'typeAt' | 'addresses'> {
  const types = new Map(schema.tables.flatMap(typesOf));
  return { typeAt: (address) => types.get(address), addresses: [...types.keys()] };
}

function typesOf(table: SchemaTable): readonly (readonly [string, ColumnType])[] {
  return table.columns.flatMap(({ name, type }) =>
    type.kind === 'known' ? [[`${table.display}.${name}`, type.type] as const] : [],
  );
}

function checkKeys(
  tables: readonly Table[],
  unsure: ReadonlySet<string>,
  { document, schema, keyOf, isUnread, issues }: Assembly,
): void {
  issues.push(...missingTargets(schema, schema.text.file, isUnread));
  issues.push(...impossibleKeys(schema, tables, unsure, schema.text.file));
  for (const cycle of sizeCycles(tables)) {
    const [first = ''] = cycle;
    const message = `the rows are counted per row of each other in a circle: ${[...cycle, first].join(' → ')}`;
    issues.push(document.issueAt(['tables', keyOf.get(first) ?? first, 'per'], message));
  }
}
