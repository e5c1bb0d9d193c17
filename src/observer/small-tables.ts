import { displayName, quoteIdentifier } from '../postgres/index.ts';
import { textOf, type Session } from '../target/index.ts';

/** Tables of up to a megabyte; what was written into larger ones only counters tell. Cost: a stat() of each file. 14–18. */
const SMALL = `
SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND pg_catalog.pg_relation_size(c.oid) <= 1048576`;

/** Cost: reads and sorts the table, a megabyte at most. 14–18. */
const CONTENT = (schema: string, name: string): string => `
SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS content FROM ONLY ${quoteIdentifier(schema)}.${quoteIdentifier(name)} AS t`;

/** A fingerprint of what each small table holds: migration tools write their lock on and off, which changes nothing. */
export async function smallContents(session: Session): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query(SMALL);
  const contents = new Map<string, string>();
  for (const row of rows) {
    const [schema, name] = [textOf(row, 'schema'), textOf(row, 'name')];
    const [found = {}] = (await session.query(CONTENT(schema, name))).rows;
    contents.set(displayName(schema, name), textOf(found, 'content'));
  }
  return contents;
}
