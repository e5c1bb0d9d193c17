import type { ResolvedTable } from '../dataset/index.ts';
import { booleanOf, textOf, type Session } from '../target/index.ts';

import { seedFailure } from './failure.ts';
import type { SeedProgress } from './progress.ts';

/** Sequences go on after the highest value; identity, serial and plain `nextval` defaults alike. */
export async function setSequences(session: Session, tables: readonly string[]): Promise<void> {
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
export async function refreshViews(session: Session): Promise<void> {
  const { rows } = await session.query(MATERIALIZED_VIEWS);
  for (const row of rows) {
    const name = textOf(row, 'name');
    try {
      await session.query(`REFRESH MATERIALIZED VIEW ${name}`);
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

/**
 * Statistics and visibility maps, so that neither an autovacuum nor the first readers write during the measurement.
 * Before any checkpoint: after one the pages would have to be logged in full.
 */
export async function vacuum(
  session: Session,
  tables: readonly ResolvedTable[],
  onProgress: (progress: SeedProgress) => void,
): Promise<void> {
  for (const [index, table] of tables.entries()) {
    onProgress({ kind: 'vacuuming', table: table.display, n: index + 1, of: tables.length });
    try {
      await session.query(`VACUUM (ANALYZE) ${table.sqlName}`);
    } catch (error) {
      throw seedFailure(error, { doing: `vacuuming ${table.display}`, where: `table ${table.display}` });
    }
  }
  const { rows } = await session.query(`SELECT current_setting('is_superuser') = 'on' AS superuser`);
  if (rows[0] !== undefined && booleanOf(rows[0], 'superuser')) await session.query('CHECKPOINT');
}
