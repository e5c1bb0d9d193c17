import { Failure, formatIssue, messageOf } from '../errors.ts';
import { sampledColumns, withKeys, type SampledColumn, type TrafficPlan } from '../plan/index.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';
import { numberOf, sqlStateOf, textOf, type Session } from '../target/index.ts';

/* Keys for traffic on a database that holds its data already: a sample of each column that the traffic draws from. */

/** Enough for a hot set and a long tail; a few hundred kilobytes. */
const KEYS = 20_000;
/** Of them the newest, where the traffic prefers them. */
const NEWEST = 2_000;

/** Cost: a look into the catalog. Partitioned tables count their leaves. 14–18. */
const ROWS_OF = `
SELECT coalesce(sum(greatest(leaf.reltuples, 0)), 0)::float8 AS rows
FROM pg_catalog.pg_partition_tree($1::regclass) AS tree JOIN pg_catalog.pg_class AS leaf ON leaf.oid = tree.relid`;

/**
 * Cost: reads `percent` of the table's pages, all of them of a small table, and sorts what it finds. By a hash with the seed, for
 * without an order the planner may well give the lowest keys. 14–18.
 */
const SAMPLE = (table: string, column: string, percent: number): string => `
SELECT key::text AS key FROM (
  SELECT key FROM (SELECT DISTINCT ${column} AS key FROM ${table} ${percent < 100 ? `TABLESAMPLE SYSTEM (${percent}) REPEATABLE ($2::bigint)` : ''}) AS found
  WHERE key IS NOT NULL ORDER BY pg_catalog.hashtextextended(key::text, $2::bigint) LIMIT $1
) AS sampled ORDER BY sampled.key`;

/** Cost: the end of an index, where there is one; else a sort of the column. 14–18. */
const NEWEST_OF = (table: string, column: string): string => `
SELECT key::text AS key FROM (
  SELECT ${column} AS key FROM ${table} WHERE ${column} IS NOT NULL ORDER BY ${column} DESC LIMIT $1
) AS newest ORDER BY newest.key`;

/** Throws `Failure('traffic.refused')` with the scenario's lines for all columns that are not there or hold nothing. */
export async function sampleKeys(session: Session, traffic: TrafficPlan): Promise<TrafficPlan> {
  const columns = sampledColumns(traffic);
  const keys = new Map<string, readonly string[]>();
  const mistakes: string[] = [];
  for (const column of columns) {
    const found = await keysOf(session, column, traffic.seed);
    if (typeof found === 'string') mistakes.push(formatIssue({ ...column.location, message: found }));
    else keys.set(column.column, found);
  }
  if (mistakes.length > 0)
    throw new Failure('traffic.refused', {
      message: mistakes.join('\n'),
      hint: 'the traffic runs against the schema as it is before the migration',
    });
  return withKeys(traffic, keys);
}

/** That is nothing to do with the scenario. */
const LOCK_NOT_AVAILABLE = '55P03';

/** What is wrong with it where it has none. */
async function keysOf(
  session: Session,
  wanted: SampledColumn,
  seed: number,
): Promise<readonly string[] | string> {
  const parts = wanted.column.split('.');
  const table = quoteRelation(parts.slice(0, -1).join('.'));
  const column = quoteIdentifier(parts.at(-1) ?? '');
  try {
    const rows = numberOf((await session.query(ROWS_OF, [table])).rows[0] ?? {}, 'rows');
    const read = async (sql: string, values: readonly unknown[]): Promise<string[]> =>
      (await session.query(sql, values)).rows.map((row) => textOf(row, 'key'));
    // Twice as many as needed: pages differ, and rows repeat their values.
    const percent = rows <= 10 * KEYS ? 100 : Math.max(0.001, (200 * KEYS) / rows);
    const sampled = await read(SAMPLE(table, column, percent), [KEYS, seed % 1_000_000]);
    const newest = wanted.latest ? await read(NEWEST_OF(table, column), [NEWEST]) : [];
    const known = new Set(newest);
    const keys = [...sampled.filter((key) => !known.has(key)), ...newest];
    if (keys.length > 0) return keys;
  } catch (error) {
    if (sqlStateOf(error) === undefined || sqlStateOf(error) === LOCK_NOT_AVAILABLE) throw error;
    return `its keys can not be sampled: ${messageOf(error)} (${sqlStateOf(error) ?? ''})`;
  }
  return `${wanted.column} holds no value to draw`;
}
