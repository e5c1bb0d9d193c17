import type { Actor } from '../../plan/index.ts';
import { booleanOf, textOf, type Row } from '../../target/index.ts';

import type { Turn } from './turn.ts';

/**
 * As pg_dump makes its session (setup_connection of its source): no time-out cuts it short, and every scan begins at the first page. One process reads, as COPY does,
 * which compiles nothing either. 14–18.
 */
export const DUMP_SESSION = {
  isUntimed: true,
  settings: { synchronize_seqscans: 'off', max_parallel_workers_per_gather: '0', jit: 'off' },
};

/** Its snapshot is that of the query for the tables. Cost: vacuum removes no row that died after it. 14–18. */
const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** A partitioned table holds no rows: it is locked only. */
const COLUMNS = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name, c.relkind = 'r' AS has_rows`;

/**
 * All that pg_dump would read, in its order: no tables of the server, of extensions, of other sessions or of the harness. Cost: catalogs only; no lock on
 * the tables. 14–18.
 */
const ALL_TABLES = `
SELECT ${COLUMNS} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'rehearse')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid`;

/**
 * Those and their partitions, foreign ones left out; fails where one is missing. What is no table is for LOCK TABLE to refuse. Cost: catalogs; an ACCESS SHARE
 * lock on partitions. 14–18.
 */
const NAMED_TABLES = `
SELECT ${COLUMNS} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind <> 'f' AND c.oid IN (
  SELECT coalesce(t.relid, named.oid) FROM (SELECT one::regclass AS oid FROM unnest($1::text[]) AS one) AS named
  LEFT JOIN LATERAL pg_catalog.pg_partition_tree(named.oid) AS t ON true)
ORDER BY c.oid`;

/** All in one statement, as pg_dump 16 and later. Waits for every ACCESS EXCLUSIVE lock on one of them, with those before it in hand. 14–18. */
const lock = (tables: readonly Row[]): string =>
  `LOCK TABLE ${tables.map((row) => `ONLY ${textOf(row, 'name')}`).join(', ')} IN ACCESS SHARE MODE`;

/**
 * Every value is fetched, unpacked and written out as text, as COPY does, and stays on the server. Cost: all pages of the table; 300,000 rows (90 MB, in memory) took
 * 0.8 s, with `pg_dump -Fp` 0.7 s and with `-Fc` 1.3 s. 14–18.
 */
const read = (table: Row): string =>
  `SELECT pg_catalog.sum(pg_catalog.octet_length((whole.*)::text)) FROM ONLY ${textOf(table, 'name')} AS whole`;

const COMMIT = 'COMMIT';

export async function dump(
  { tables, duration }: Extract<Actor, { readonly kind: 'dump' }>,
  turn: Turn,
): Promise<void> {
  await turn.work(BEGIN);
  const found =
    tables === undefined
      ? await turn.work(ALL_TABLES)
      : await turn.work(NAMED_TABLES, [tables.map(({ quoted }) => quoted)]);
  if (found.rows.length > 0) await turn.work(lock(found.rows));
  const withRows = found.rows.filter((row) => booleanOf(row, 'has_rows'));
  do for (const table of withRows) await turn.work(read(table));
  while (withRows.length > 0 && duration !== undefined && !turn.isOver);
  if (withRows.length === 0 && duration !== undefined) await turn.pause(duration);
  await turn.conclude(COMMIT);
}
