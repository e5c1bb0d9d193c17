import { quoteIdentifier } from '../postgres/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';

/** Cost: the statistics of all tables. 14–18. */
const DEAD = `
SELECT relid::text AS oid, n_dead_tup AS dead FROM pg_catalog.pg_stat_user_tables WHERE n_dead_tup > 0`;

/** Cost: a look into the catalog. 14–18. */
const NAMES = `
SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'm') ORDER BY 1, 2`;

/**
 * Cost: the pages that were written since the last one; indexes are only read where dead rows are on more than 2 % of the pages (manual, VACUUM, INDEX_CLEANUP). Without
 * TRUNCATE it locks out nobody but other vacuums and schema changes. 14–18.
 */
const VACUUM = (schema: string, name: string): string =>
  `VACUUM (TRUNCATE OFF) ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;

/** Tables that have dead rows, by oid, as the server's counters estimate them. */
export async function deadTuples(session: Session): Promise<ReadonlyMap<string, number>> {
  const { rows } = await session.query(DEAD);
  return new Map(rows.map((row) => [textOf(row, 'oid'), numberOf(row, 'dead')]));
}

export async function vacuum(session: Session, oids: readonly string[]): Promise<void> {
  const { rows } = await session.query(NAMES, [oids]);
  for (const row of rows) await session.query(VACUUM(textOf(row, 'schema'), textOf(row, 'name')));
}
