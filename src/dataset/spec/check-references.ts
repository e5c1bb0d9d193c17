import type { Issue } from '../../errors.ts';
import type { Table } from '../model.ts';
import type { Schema, SchemaTable } from '../schema/schema.ts';

import { nearest } from './context.ts';
import { findCycle, keysOf } from './order.ts';
import { tableOf } from './unique.ts';

/** Foreign keys to tables or columns that the schema does not create. */
export function missingTargets(schema: Schema, file: string): readonly Issue[] {
  return schema.tables.flatMap((table) => missingTargetsOf(table, schema, file));
}

function missingTargetsOf(table: SchemaTable, schema: Schema, file: string): readonly Issue[] {
  const names = schema.tables.map((one) => one.display);
  return table.foreignKeys.flatMap(({ columns, target, targetColumns, line }) => {
    const path = `${table.display}.${columns.join(',')}`;
    const found = schema.tables.find((one) => one.display === target);
    if (found === undefined)
      return [
        issue({
          file,
          line,
          path,
          message: `the foreign key refers to ${target}, which the schema does not create`,
          hint: nearest(target, names),
        }),
      ];
    const known = found.columns.map((column) => column.name);
    const missing = targetColumns.find((column) => !known.includes(column));
    if (missing !== undefined)
      return [
        issue({
          file,
          line,
          path,
          message: `the foreign key refers to ${target}.${missing}, which does not exist`,
          hint: nearest(missing, known),
        }),
      ];
    const keys = targetColumns.length > 0 ? targetColumns : found.primaryKey;
    if (keys.length === columns.length) return [];
    return [
      issue({
        file,
        line,
        path,
        message: `the foreign key has ${columns.length} columns, but refers to ${keys.length} of ${target}`,
        hint: undefined,
      }),
    ];
  });
}

function issue({ hint, ...rest }: Omit<Issue, 'hint'> & { readonly hint: string | undefined }): Issue {
  return hint === undefined ? rest : { ...rest, hint };
}

/** Keys that no generator makes, and keys that follow from themselves. */
export function impossibleKeys(schema: Schema, tables: readonly Table[], file: string): readonly Issue[] {
  const filled = new Set(
    tables.flatMap((table) => table.columns.map((column) => `${table.display}.${column.name}`)),
  );
  return [
    ...schema.tables.flatMap((table) => unfilledKeys(table, tables, filled, file)),
    ...keyCycle(schema, tables, file),
  ];
}

/** Values are computed, so a key that the server fills can not be referred to. */
function unfilledKeys(
  schemaTable: SchemaTable,
  tables: readonly Table[],
  filled: ReadonlySet<string>,
  file: string,
): readonly Issue[] {
  const table = tables.find((one) => one.display === schemaTable.display);
  return (table?.columns ?? []).flatMap(({ name, generator }) =>
    keysOf(generator).flatMap((key) => {
      const parent = tables.find((one) => one.display === tableOf(key));
      if (parent === undefined || filled.has(key)) return [];
      const line = schemaTable.columns.find((column) => column.name === name)?.line ?? schemaTable.line;
      return [
        {
          file,
          line,
          path: `${schemaTable.display}.${name}`,
          message: `refers to ${key}, whose values the server fills in, so they are not known`,
        },
      ];
    }),
  );
}

function keyCycle(schema: Schema, tables: readonly Table[], file: string): readonly Issue[] {
  const edges = tables.flatMap((table) =>
    table.columns.map(({ name, generator }) => [`${table.display}.${name}`, keysOf(generator)] as const),
  );
  const cycle = findCycle(new Map(edges));
  if (cycle === undefined) return [];
  const [first = ''] = cycle;
  const line = schema.tables.find((table) => table.display === tableOf(first))?.line ?? 1;
  const message = `values that follow from each other in a circle: ${[...cycle, first].join(' → ')}`;
  return [{ file, line, path: first, message }];
}

/** Tables whose rows are counted per row of each other. */
export function sizeCycle(tables: readonly Table[]): readonly string[] | undefined {
  return findCycle(
    new Map(tables.map((table) => [table.display, table.size.kind === 'per' ? [table.size.parent] : []])),
  );
}
