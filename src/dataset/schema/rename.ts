import { displayName } from '../../postgres/index.ts';

import { qualifiedType, tableIn, type Builder, type TableDraft } from './builder.ts';
import { withColumnRenamed } from './columns-in.ts';
import type { Body } from './nodes.ts';
import type { Partitions } from './schema.ts';

/** `ALTER … RENAME`: whatever names the thing names it anew, as the server's catalog does by OID. */
export function rename(builder: Builder, statement: Body<'RenameStmt'>): void {
  const { renameType, relation, subname = '', newname = '', object } = statement;
  if (isType(renameType) && object !== undefined && 'List' in object)
    renameUserType(builder, qualifiedType(builder, object.List.items), newname);
  const table = tableIn(builder, relation);
  if (table === undefined) return;
  if (renameType === 'OBJECT_TABLE') move(builder, table, { schema: table.schema, name: newname });
  if (renameType === 'OBJECT_COLUMN') renameColumn(builder, table, { from: subname, to: newname });
  if (renameType === 'OBJECT_TABCONSTRAINT') renameConstraint(table, subname, newname);
}

const isType = (kind: string | undefined): boolean => kind === 'OBJECT_TYPE' || kind === 'OBJECT_DOMAIN';

export function changeSchema(
  builder: Builder,
  { objectType, relation, newschema = '' }: Body<'AlterObjectSchemaStmt'>,
): void {
  const table = objectType === 'OBJECT_TABLE' ? tableIn(builder, relation) : undefined;
  if (table !== undefined) move(builder, table, { schema: newschema, name: table.name });
}

function move(
  builder: Builder,
  table: TableDraft,
  { schema, name }: Pick<TableDraft, 'schema' | 'name'>,
): void {
  const before = displayName(table.schema, table.name);
  const display = displayName(schema, name);
  builder.tables.delete(before);
  builder.tables.set(display, { ...table, schema, name });
  for (const other of builder.tables.values()) {
    other.foreignKeys = other.foreignKeys.map((key) =>
      key.target === before ? { ...key, target: display } : key,
    );
    const { parts } = other.partitions ?? { parts: [] };
    parts.splice(
      0,
      parts.length,
      ...parts.map((part) => (part.display === before ? { ...part, schema, name, display } : part)),
    );
  }
}

interface Renaming {
  readonly from: string;
  readonly to: string;
}

function renameColumn(builder: Builder, table: TableDraft, { from, to }: Renaming): void {
  const named = (name: string): string => (name === from ? to : name);
  const display = displayName(table.schema, table.name);
  for (const other of builder.tables.values())
    other.foreignKeys = other.foreignKeys.map((key) => ({
      ...key,
      columns: other === table ? key.columns.map(named) : key.columns,
      targetColumns: key.target === display ? key.targetColumns.map(named) : key.targetColumns,
    }));
  const primaryKey = table.primaryKey.map(named);
  builder.tables.set(display, {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: named(column.name) })),
    primaryKey,
    uniques: table.uniques.map((key) => ({
      ...key,
      columns: key.columns === table.primaryKey ? primaryKey : key.columns.map(named),
    })),
    checks: table.checks.map((check) => ({
      ...check,
      expression: withColumnRenamed(check.expression, from, to),
    })),
    exclusions: table.exclusions.map((exclusion) => ({
      ...exclusion,
      elements: exclusion.elements.map(({ column, operator }) => ({
        column: column === from ? to : column,
        operator,
      })),
    })),
    partitions: partitionsBy(table.partitions, named),
  });
}

function partitionsBy(
  partitions: Partitions | undefined,
  named: (name: string) => string,
): Partitions | undefined {
  return partitions?.column === undefined ? partitions : { ...partitions, column: named(partitions.column) };
}

function renameConstraint(table: TableDraft, from: string, to: string): void {
  const named = <Named extends { readonly name: string }>(one: Named): Named =>
    one.name === from ? { ...one, name: to } : one;
  table.uniques = table.uniques.map(named);
  table.foreignKeys = table.foreignKeys.map(named);
  table.checks = table.checks.map(named);
}

function renameUserType({ types, domains, tables }: Builder, from: string, newName: string): void {
  const to = `${from.slice(0, from.lastIndexOf('.'))}.${newName}`;
  for (const named of [types, domains] as readonly Map<string, unknown>[]) {
    const found = named.get(from);
    named.delete(from);
    if (found !== undefined) named.set(to, found);
  }
  for (const { columns } of tables.values())
    for (const column of columns) if (column.typeKey === from) column.typeKey = to;
}
