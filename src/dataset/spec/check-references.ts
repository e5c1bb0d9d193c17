import type { Issue } from '../../errors.ts';
import type { Table } from '../model.ts';
import type { Schema, SchemaTable } from '../schema/schema.ts';

import { nearest, type Unread } from './context.ts';
import { findCycles, keysOf } from './order.ts';
import { tableOf } from './unique.ts';

/** Foreign keys to tables or columns that the schema does not create. */
export function missingTargets(schema: Schema, file: string, isUnread: Unread): readonly Issue[] {
  return schema.tables.flatMap((table) => missingTargetsOf(table, schema, file, isUnread));
}

function missingTargetsOf(
  table: SchemaTable,
  schema: Schema,
  file: string,
  isUnread: Unread,
): readonly Issue[] {
  const names = schema.tables.map((one) => one.display);
  return table.foreignKeys.flatMap(({ columns, target, targetColumns, line }) => {
    const path = `${table.display}.${columns.join(',')}`;
    const found = schema.tables.find((one) => one.display === target);
    if (found === undefined)
      return isUnread(target)
        ? []
        : [
            issue({
              file,
              line,
              path,
              message: `the foreign key refers to ${target}, which the schema does not create`,
              hint: nearest(target, names),
            }),
          ];
    const known = found.columns.map((column) => column.name);
    const missing = targetColumns.filter((column) => !known.includes(column));
    if (missing.length > 0)
      return missing
        .filter((column) => !isUnread(target, column))
        .map((column) =>
          issue({
            file,
            line,
            path,
            message: `the foreign key refers to ${target}.${column}, which does not exist`,
            hint: nearest(column, known),
          }),
        );
    const { length } = targetColumns;
    if (length === columns.length || (length === 0 && isUnread(target))) return [];
    return [
      issue({
        file,
        line,
        path,
        message: `the foreign key has ${columns.length} columns, but refers to ${length} of ${target}`,
        hint: undefined,
      }),
    ];
  });
}

function issue({ hint, ...rest }: Omit<Issue, 'hint'> & { readonly hint: string | undefined }): Issue {
  return hint === undefined ? rest : { ...rest, hint };
}

/** Keys that no generator makes, and keys that follow from themselves. */
export function impossibleKeys(
  schema: Schema,
  tables: readonly Table[],
  unsure: ReadonlySet<string>,
  file: string,
): readonly Issue[] {
  const filled = new Set([
    ...tables.flatMap((table) => table.columns.map((column) => `${table.display}.${column.name}`)),
    ...unsure,
  ]);
  return [
    ...schema.tables.flatMap((table) => unfilledKeys(table, { schema, tables, filled, file })),
    ...keyCycles(schema, tables, file),
  ];
}

interface Keys {
  readonly schema: Schema;
  readonly tables: readonly Table[];
  /** Addresses of the columns that have a generator, or would have one but for a mistake. */
  readonly filled: ReadonlySet<string>;
  readonly file: string;
}

/** Values are computed, so a key that the server fills can not be referred to. */
function unfilledKeys(schemaTable: SchemaTable, { schema, tables, filled, file }: Keys): readonly Issue[] {
  const table = tables.find((one) => one.display === schemaTable.display);
  return (table?.columns ?? []).flatMap(({ name, generator }) =>
    keysOf(generator).flatMap((key) => {
      const parent = schema.tables.find((one) => one.display === tableOf(key));
      const isKnown = parent?.columns.some((column) => `${parent.display}.${column.name}` === key) === true;
      if (!isKnown || filled.has(key)) return [];
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

function keyCycles(schema: Schema, tables: readonly Table[], file: string): readonly Issue[] {
  const edges = tables.flatMap((table) =>
    table.columns.map(({ name, generator }) => [`${table.display}.${name}`, keysOf(generator)] as const),
  );
  return findCycles(new Map(edges)).map((cycle) => {
    const [first = ''] = cycle;
    const line = schema.tables.find((table) => table.display === tableOf(first))?.line ?? 1;
    const message = `values that follow from each other in a circle: ${[...cycle, first].join(' → ')}`;
    return { file, line, path: first, message };
  });
}

/** Tables whose rows are counted per row of each other. */
export function sizeCycles(tables: readonly Table[]): readonly (readonly string[])[] {
  return findCycles(
    new Map(tables.map((table) => [table.display, table.size.kind === 'per' ? [table.size.parent] : []])),
  );
}
