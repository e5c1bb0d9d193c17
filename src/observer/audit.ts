import { displayName } from '../postgres/index.ts';
import type { Leftover, RelationState } from '../result/index.ts';
import { LEFTOVER_KINDS } from '../result/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';
import { bytes } from '../units.ts';

/**
 * Every ordinary table with its size; partitions count for their parent. Cost: a stat() of each file; takes AccessShareLock, so it is asked while no migration runs, on
 * a session with lock_timeout. reltuples is the planner's estimate. 14–18.
 */
const RELATIONS = `
SELECT n.nspname AS schema, c.relname AS name, sum(greatest(leaf.reltuples, 0))::bigint AS rows,
  sum(pg_catalog.pg_relation_size(leaf.oid)) AS heap, sum(pg_catalog.pg_total_relation_size(leaf.oid)) AS total
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT l.oid, l.reltuples FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid WHERE t.isleaf AND c.relkind = 'p'
  UNION ALL SELECT c.oid, c.reltuples WHERE c.relkind = 'r'
) leaf
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
GROUP BY 1, 2 ORDER BY 1, 2`;

export async function relationStates(session: Session): Promise<readonly RelationState[]> {
  const { rows } = await session.query(RELATIONS);
  return rows.map((row) => ({
    name: displayName(textOf(row, 'schema'), textOf(row, 'name')),
    rows: numberOf(row, 'rows'),
    heapBytes: bytes(numberOf(row, 'heap')),
    totalBytes: bytes(numberOf(row, 'total')),
  }));
}

/** What a migration may leave behind. Cost: catalogs only, waits for nobody. 14–18. */
const LEFTOVERS = `
SELECT 'invalid-index' AS kind, CASE WHEN n.nspname = 'public' THEN i.relname ELSE n.nspname || '.' || i.relname END AS name, n.nspname AS schema, t.relname AS relation
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE i.relkind = 'i' AND NOT (x.indisvalid AND x.indisready)
UNION ALL
SELECT 'unvalidated-constraint', k.conname, n.nspname, t.relname
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace WHERE NOT k.convalidated
UNION ALL
SELECT 'idle-transaction', a.application_name || ' (pid ' || a.pid || ')', '', '' FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.state LIKE 'idle in transaction%' AND a.pid <> pg_catalog.pg_backend_pid()
UNION ALL
SELECT 'prepared-transaction', p.gid, '', '' FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database()`;

/** Sessions of traffic and actors must be closed by then. */
export async function leftovers(session: Session): Promise<readonly Leftover[]> {
  const { rows } = await session.query(LEFTOVERS);
  return rows.flatMap((row) => {
    const kind = LEFTOVER_KINDS.find((one) => one === row['kind']);
    const relation = textOf(row, 'relation');
    return kind === undefined
      ? []
      : [
          {
            kind,
            name: textOf(row, 'name'),
            relation: relation === '' ? '' : displayName(textOf(row, 'schema'), relation),
          },
        ];
  });
}
