import type { ResolvedDataset, ResolvedTable } from '../dataset/index.ts';
import { isNull, numberOf, sqlStateOf, textOf, type Row, type Session } from '../target/index.ts';

import { columnStates, type CountedTable } from './column-state.ts';
import { inTransaction } from './schema.ts';
import { isSuperuser } from './session.ts';
import type { Interval, StateCard, TableState } from './state-card.ts';
import {
  compared,
  expectedLimits,
  limitsOfDeadTuples,
  limitsOfRows,
  limitsOfVisibility,
} from './tolerance.ts';

export interface Reading {
  /** Counts what is otherwise estimated, and hashes all rows: a scan or more of each table. */
  readonly exact: boolean;
  /** Rows by display name of their table, where somebody has counted them. */
  readonly counted: ReadonlyMap<string, number>;
}

/** Cost by default: catalog and counters only, and one page of each btree. */
export async function readStateCard(
  session: Session,
  dataset: ResolvedDataset,
  { exact, counted }: Reading,
): Promise<StateCard> {
  const names = dataset.tables.map(({ sqlName }) => sqlName);
  const physical = byTable((await session.query(PHYSICAL, [names])).rows);
  const levels = await readLevels(session, names);
  const columns = byTableList((await session.query(COLUMN_STATISTICS, [names])).rows);
  const tables: TableState[] = [];
  for (const table of dataset.tables) {
    const row = physical.get(table.sqlName);
    const counts = exact && row !== undefined ? await count(session, table) : undefined;
    const rows = counts?.rows ?? counted.get(table.display);
    tables.push({
      ...tableState(table, row, rows),
      treeLevel: levels.levels.get(table.sqlName) ?? null,
      contentHash: counts?.hash ?? null,
      columns: columnStates(table, columns.get(table.sqlName) ?? [], counts),
    });
  }
  return {
    dataset: dataset.name,
    scale: dataset.scale,
    seed: dataset.seed,
    ...(await serverFacts(session)),
    exact,
    tables,
    notMeasured: levels.reason === undefined ? [] : [`levels of btrees, because ${levels.reason}`],
  };
}

type TableFacts = Omit<TableState, 'treeLevel' | 'contentHash' | 'columns'>;

function tableState(table: ResolvedTable, row: Row | undefined, counted: number | undefined): TableFacts {
  if (row === undefined) return missingTable(table);
  const { storage, expect } = table;
  const pages = numberOf(row, 'pages');
  const dead = numberOf(row, 'dead');
  const rows = counted ?? Math.round(numberOf(row, 'tuples'));
  return {
    table: table.display,
    rows: compared(table.rows, rows, expectedLimits(expect.rows) ?? rowLimits(table, counted !== undefined)),
    heap: numberOf(row, 'heap'),
    toast: numberOf(row, 'toast'),
    indexes: numberOf(row, 'indexes'),
    allVisible: compared(
      null,
      pages === 0 ? null : numberOf(row, 'visible') / pages,
      expectedLimits(expect.allVisible) ??
        limitsOfVisibility(storage.deadTuples, { pages, relations: numberOf(row, 'relations') }),
    ),
    allFrozen: pages === 0 || isNull(row, 'frozen') ? null : numberOf(row, 'frozen') / pages,
    deadTuples: compared(
      storage.deadTuples,
      dead === 0 ? 0 : dead / (dead + rows),
      expectedLimits(expect.deadTuples) ?? limitsOfDeadTuples(storage.deadTuples),
    ),
    insertsSinceVacuum: numberOf(row, 'inserted'),
  };
}

/** A table without rows of the dataset keeps what the schema put into it. */
const rowLimits = ({ rows }: ResolvedTable, counted: boolean): Interval | null =>
  rows === 0 ? null : limitsOfRows(rows, counted);

function missingTable(table: ResolvedTable): TableFacts {
  const nothing = compared(null, null, null);
  return {
    table: table.display,
    rows: compared(table.rows, null, limitsOfRows(table.rows, true)),
    heap: 0,
    toast: 0,
    indexes: 0,
    allVisible: nothing,
    allFrozen: null,
    deadTuples: nothing,
    insertsSinceVacuum: 0,
  };
}

const byTable = (rows: readonly Row[]): ReadonlyMap<string, Row> =>
  new Map(rows.map((row) => [textOf(row, 'table'), row]));

function byTableList(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const lists = new Map<string, Row[]>();
  for (const row of rows) {
    const list = lists.get(textOf(row, 'table'));
    if (list === undefined) lists.set(textOf(row, 'table'), [row]);
    else list.push(row);
  }
  return lists;
}

/** With the partitions of $1, each with the name of its table. Foreign tables keep their rows elsewhere. */
const TREE = `tree AS (
  SELECT t.name, c.oid, c.relkind, c.oid = to_regclass(t.name) AS is_root FROM unnest($1::text[]) AS t (name)
  CROSS JOIN LATERAL (SELECT to_regclass(t.name)::oid UNION SELECT p.relid::oid FROM pg_partition_tree(to_regclass(t.name)) AS p) AS r (oid)
  JOIN pg_class c ON c.oid = r.oid
)`;

/** Cost: catalog, counters and the sizes of files. 14–18; \`relallfrozen\` from 18 on. */
const PHYSICAL = `
WITH ${TREE}
SELECT tree.name AS table, count(*)::int AS relations, sum(pg_relation_size(c.oid))::float8 AS heap,
  sum(CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END)::float8 AS toast,
  sum(pg_indexes_size(c.oid))::float8 AS indexes,
  sum(greatest(c.relpages, 0))::float8 AS pages, sum(c.relallvisible)::float8 AS visible,
  sum((to_jsonb(c) ->> 'relallfrozen')::float8) AS frozen, sum(greatest(c.reltuples, 0))::float8 AS tuples,
  sum(pg_stat_get_dead_tuples(c.oid))::float8 AS dead, sum(pg_stat_get_ins_since_vacuum(c.oid))::float8 AS inserted
FROM tree JOIN pg_class c ON c.oid = tree.oid AND c.relkind = 'r'
GROUP BY tree.name`;

/** A partitioned table has statistics over all its partitions. Catalog only. 14–18. */
const COLUMN_STATISTICS = `
WITH ${TREE}
SELECT tree.name AS table, s.attname::text AS column, s.null_frac::float8 AS null_frac, s.n_distinct::float8 AS n_distinct,
  s.correlation::float8 AS correlation, s.avg_width AS avg_width
FROM tree
JOIN pg_class c ON c.oid = tree.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.inherited = (c.relkind = 'p')
WHERE tree.is_root`;

interface Levels {
  readonly levels: ReadonlyMap<string, number>;
  readonly reason: string | undefined;
}

/** The extension is there for as long as the transaction, which is rolled back. */
async function readLevels(session: Session, names: readonly string[]): Promise<Levels> {
  if (!(await isSuperuser(session))) return { levels: new Map(), reason: 'only a superuser may read pages' };
  await session.query('BEGIN');
  try {
    const { rows } = await session.query(INSPECT_SCHEMA);
    const existing = rows[0] === undefined ? undefined : textOf(rows[0], 'schema');
    if (existing === undefined) for (const statement of CREATE_INSPECT) await session.query(statement);
    const found = await session.query(levelsStatement(existing ?? 'rehearse_inspect'), [names]);
    return {
      levels: new Map(found.rows.map((row) => [textOf(row, 'table'), numberOf(row, 'level')])),
      reason: undefined,
    };
  } catch (error) {
    // A lost connection is for the next query to tell.
    if (sqlStateOf(error) === undefined) throw error;
    return { levels: new Map(), reason: 'the server has no pageinspect' };
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
  }
}

/* 14–18. */
const INSPECT_SCHEMA = `
SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pageinspect'`;
const CREATE_INSPECT = [
  'CREATE SCHEMA rehearse_inspect',
  'CREATE EXTENSION pageinspect SCHEMA rehearse_inspect',
];

/** Cost: one page of each index. 14–18. */
const levelsStatement = (schema: string): string => `
WITH ${TREE}
SELECT tree.name AS table, max(m.level)::int AS level
FROM tree
JOIN pg_index x ON x.indrelid = tree.oid
JOIN pg_class i ON i.oid = x.indexrelid AND i.relkind = 'i'
JOIN pg_am a ON a.oid = i.relam AND a.amname = 'btree'
JOIN pg_namespace n ON n.oid = i.relnamespace
CROSS JOIN LATERAL ${schema}.bt_metap(format('%I.%I', n.nspname, i.relname)) AS m
GROUP BY tree.name`;

async function serverFacts(session: Session): Promise<{ server: string; sharedBuffers: number }> {
  const { rows } = await session.query(SERVER_FACTS);
  const row = rows[0] ?? {};
  return {
    server: textOf(row, 'version').split(' ')[0] ?? '',
    sharedBuffers: numberOf(row, 'shared_buffers'),
  };
}

/** Cost: none. 14–18. */
const SERVER_FACTS = `
SELECT current_setting('server_version') AS version, pg_size_bytes(current_setting('shared_buffers'))::float8 AS shared_buffers`;

/** One scan for rows, NULLs and hash, one sort or hash for each column of which a number of distinct values was asked. */
async function count(session: Session, table: ResolvedTable): Promise<CountedTable> {
  return await inTransaction(session, async () => {
    for (const setting of TEXT_SETTINGS) await session.query(setting);
    const names = table.columns.map(({ name }) => quote(name));
    const nulls = names.map((name, index) => `, (count(*) - count(${name}))::float8 AS n${index}`);
    const { rows } = await session.query(
      `SELECT count(*)::float8 AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS hash${nulls.join('')} FROM ${table.sqlName} AS t`,
    );
    const row = rows[0] ?? {};
    const distinct = new Map<string, number>();
    for (const { name, asked } of table.columns) {
      if (asked.nDistinct === undefined && !asked.unique) continue;
      distinct.set(name, await countDistinct(session, table.sqlName, quote(name)));
    }
    return {
      rows: numberOf(row, 'rows'),
      hash: textOf(row, 'hash'),
      nulls: new Map(table.columns.map(({ name }, index) => [name, numberOf(row, `n${index}`)])),
      distinct,
    };
  });
}

/** Cost: a scan and a hash or sort of the values. By text: json and others have no equality. 14–18. */
async function countDistinct(session: Session, table: string, column: string): Promise<number> {
  const { rows } = await session.query(
    `SELECT count(*)::float8 AS n FROM (SELECT 1 FROM ${table} WHERE ${column} IS NOT NULL GROUP BY ${column}::text) AS d`,
  );
  return numberOf(rows[0] ?? {}, 'n');
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The text of a row must not depend on who looks. One transaction. 14–18. */
const TEXT_SETTINGS = [
  `SET LOCAL timezone = 'UTC'`,
  `SET LOCAL datestyle = 'ISO, YMD'`,
  `SET LOCAL intervalstyle = 'postgres'`,
  `SET LOCAL bytea_output = 'hex'`,
  'SET LOCAL extra_float_digits = 1',
];
