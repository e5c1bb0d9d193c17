import { displayName } from '../postgres/index.ts';
import type { NewIndex, SchemaChange } from '../result/index.ts';
import { booleanOf, isNull, numberOf, textOf, type Row, type Session } from '../target/index.ts';

/**
 * Every index with its use; those of partitions count for the parent's. An index depends on the columns of its keys, expressions and predicate (manual, 52.18 and
 * 52.26; what backs a constraint depends on them through it). Cost: catalogs, and AccessShareLock for the definitions: with lock_timeout, while no migration runs. 14–18.
 */
const INDEXES = `
WITH use AS (
  SELECT coalesce(pg_catalog.pg_partition_root(s.indexrelid), s.indexrelid) AS root, sum(s.idx_scan) AS scans
  FROM pg_catalog.pg_stat_user_indexes s GROUP BY 1
)
SELECT n.nspname AS schema, t.relname AS relation, i.relname AS name, pg_catalog.pg_get_indexdef(i.oid) AS definition, am.amname AS method,
  x.indisunique AS is_unique, x.indisvalid AS is_valid, coalesce(use.scans, 0) AS scans,
  (SELECT min(k.conname::text) FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')) AS backs,
  ARRAY (SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND (a.attnum = ANY (x.indkey) OR EXISTS (
    SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = t.oid AND d.refobjsubid = a.attnum
  )) ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace JOIN pg_catalog.pg_am am ON am.oid = i.relam LEFT JOIN use ON use.root = i.oid
WHERE NOT i.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

/** Indexes as they are at this moment. */
export async function indexesInUse(session: Session): Promise<readonly NewIndex[]> {
  return (await session.query(INDEXES)).rows.map(indexOf);
}

function indexOf(row: Row): NewIndex {
  const columns: unknown = row['columns'];
  return {
    name: textOf(row, 'name'),
    relation: displayName(textOf(row, 'schema'), textOf(row, 'relation')),
    definition: textOf(row, 'definition'),
    method: textOf(row, 'method'),
    columns: Array.isArray(columns) ? columns.map(String) : [],
    unique: booleanOf(row, 'is_unique'),
    valid: booleanOf(row, 'is_valid'),
    ...(isNull(row, 'backs') ? {} : { constraint: textOf(row, 'backs') }),
    scans: numberOf(row, 'scans'),
  };
}

/** Those that the changes brought. One that was rebuilt or altered under its name was there before. */
export function newIndexes(all: readonly NewIndex[], changes: readonly SchemaChange[]): readonly NewIndex[] {
  const named = (change: SchemaChange['change']): ReadonlySet<string> =>
    new Set(
      changes
        .filter(({ change: kind, fact }) => kind === change && fact.kind === 'index')
        .map(({ fact }) => `${fact.relation} ${fact.name}`),
    );
  const added = named('added');
  const removed = named('removed');
  return all.filter(({ relation, name }) => {
    const key = `${relation} ${name}`;
    return added.has(key) && !removed.has(key);
  });
}
