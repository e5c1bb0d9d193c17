import { isReserved, quoteIdentifier } from '../postgres/index.ts';

/** A table as results name it, of what was written in SQL: `"public"."orders"` is `orders`. */
export const plainName = (written: string): string => written.replaceAll('"', '').replace(/^public\./, '');

/** An identifier in SQL, in quotes only where it has to be. */
export const plain = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !isReserved(name) ? name : quoteIdentifier(name);

/** Without its schema and its quotes, as a part of other names. */
export const bareName = (written: string): string =>
  (written.split('.').at(-1) ?? written).replaceAll('"', '');

/** A name, as it is written in SQL, in the schema of a table. */
export function inSchemaOf(table: string, name: string): string {
  const parts = table.split('.');
  return parts.length < 2 ? name : `${parts[0] ?? ''}.${name}`;
}
