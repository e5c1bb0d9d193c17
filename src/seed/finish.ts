import type { ResolvedDataset, ResolvedTable } from '../dataset/index.ts';
import { textOf, type Session } from '../target/index.ts';

import { shareOut } from './crew.ts';
import { seedFailure } from './failure.ts';
import type { Seeding } from './seeding.ts';
import { forgetInserts } from './settle.ts';
import { itemOfAnalyze, type Work } from './work.ts';

/** Sequences go on after the highest value; identity, serial and plain `nextval` defaults alike. */
async function setSequences(session: Session, tables: readonly string[]): Promise<void> {
  const { rows } = await session.query(SEQUENCES, [tables]);
  for (const row of rows) {
    const [sequence, table, column] = [textOf(row, 'sequence'), textOf(row, 'table'), textOf(row, 'column')];
    // Cost: one index look-up, where the column is a key. 14–18.
    await session.query(
      `SELECT setval($1::text::regclass, highest) FROM (SELECT max(${column}) AS highest FROM ${table}) AS t WHERE highest >= 1`,
      [sequence],
    );
  }
}

/** Catalog only; 14–18. Owned sequences (identity, serial), and those that a default takes from. */
const SEQUENCES = `
WITH wanted AS (SELECT name::regclass AS oid FROM unnest($1::text[]) AS name),
used AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attnum
  FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, f.adrelid, f.adnum
  FROM pg_depend d
  JOIN pg_attrdef f ON f.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
)
SELECT format('%I.%I', sn.nspname, s.relname) AS sequence, format('%I.%I', tn.nspname, t.relname) AS table, quote_ident(a.attname) AS column
FROM used u
JOIN pg_class s ON s.oid = u.sequence AND s.relkind = 'S'
JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_class t ON t.oid = u.relation
JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = u.relation AND a.attnum = u.attnum
WHERE u.relation IN (SELECT oid FROM wanted) AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)`;

/** Views that hold rows were made over empty tables. */
async function refreshViews(session: Session): Promise<void> {
  const { rows } = await session.query(MATERIALIZED_VIEWS);
  for (const row of rows) {
    const name = textOf(row, 'name');
    try {
      await session.query(`REFRESH MATERIALIZED VIEW ${name}`);
      await session.query(`VACUUM (ANALYZE) ${name}`);
    } catch (error) {
      throw seedFailure(error, {
        doing: `refreshing the materialized view ${name}`,
        where: `materialized view ${name}`,
      });
    }
  }
}

/** Catalog only; 14–18. In the order in which they were made: a later one may read an earlier one. */
const MATERIALIZED_VIEWS = `
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' ORDER BY c.oid`;

/** As the file asks; partitions with their table. Catalog only. 14–18. */
async function setStatisticsTargets(session: Session, dataset: ResolvedDataset): Promise<void> {
  for (const table of dataset.tables) {
    const { statisticsTarget } = table.storage;
    if (statisticsTarget === undefined) continue;
    const { rows } = await session.query(COLUMNS, [table.sqlName]);
    for (const row of rows)
      await session.query(
        `ALTER TABLE ${table.sqlName} ALTER COLUMN ${textOf(row, 'column')} SET STATISTICS ${statisticsTarget}`,
      );
  }
}

/** Catalog only; 14–18. */
const COLUMNS = `
SELECT quote_ident(attname) AS column FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped`;

/** Statistics of all tables, several at a time. */
export async function analyzeTables(
  seeding: Seeding,
  { sessions, work }: { readonly sessions: readonly Session[]; readonly work: Work },
): Promise<void> {
  const { crew, session, options, reporter } = seeding;
  const { tables } = options.dataset;
  await setStatisticsTargets(session, options.dataset);
  await forgetInserts(session, work);
  const tasks = tables.toSorted((one, other) => other.rows * other.bytesPerRow - one.rows * one.bytesPerRow);
  let n = 0;
  await shareOut(crew, { workers: sessions, tasks }, async (one, table) => {
    n++;
    reporter.tell({ kind: 'vacuuming', table: table.display, n, of: tables.length }, false);
    await analyze(one, table);
    reporter.reached(itemOfAnalyze(table), 1);
  });
}

/** What depends on all rows: sequences, views; and the catalog, which has grown with the schema. */
export async function finishDatabase({ session, options }: Seeding): Promise<void> {
  await setSequences(
    session,
    options.dataset.tables.map(({ sqlName }) => sqlName),
  );
  await refreshViews(session);
  // Elsewhere it is for others to decide.
  if (options.ownServer) await vacuumCatalog(session);
}

/** Partitions with their table. Cost: a sample of 300 rows times the statistics target. 14–18. */
async function analyze(session: Session, table: ResolvedTable): Promise<void> {
  try {
    await session.query(`ANALYZE ${table.sqlName}`);
  } catch (error) {
    throw seedFailure(error, { doing: `analyzing ${table.display}`, where: `table ${table.display}` });
  }
}

async function vacuumCatalog(session: Session): Promise<void> {
  const { rows } = await session.query(CHANGED_CATALOGS);
  for (const row of rows) await session.query(`VACUUM (ANALYZE) ${textOf(row, 'name')}`);
}

/** Cost: counters only. Autovacuum's own fixed thresholds (manual, 20.10). 14–18. */
const CHANGED_CATALOGS = `
SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_sys_tables
WHERE schemaname = 'pg_catalog' AND (n_dead_tup >= 50 OR n_mod_since_analyze >= 50 OR n_ins_since_vacuum >= 1000)`;
