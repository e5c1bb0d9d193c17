import type { Clock } from '../clock.ts';
import { displayName } from '../postgres/index.ts';
import type { Leftover, RelationState } from '../result/index.ts';
import { LEFTOVER_KINDS } from '../result/index.ts';
import {
  APPLICATION_PREFIX,
  applicationName,
  numberOf,
  textOf,
  visibilityOf,
  type Session,
} from '../target/index.ts';
import { after, bytes, milliseconds } from '../units.ts';

import { partitionedTables } from './partitions.ts';

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
  const partitioned = await partitionedTables(session);
  return rows.map((row) => {
    const name = displayName(textOf(row, 'schema'), textOf(row, 'name'));
    return {
      name,
      rows: numberOf(row, 'rows'),
      heapBytes: bytes(numberOf(row, 'heap')),
      totalBytes: bytes(numberOf(row, 'total')),
      partitioned: partitioned.get(name),
    };
  });
}

/**
 * What a migration may leave behind; what partitions and children inherit, and what is disabled with its parent, stands once. A constraint that is NOT ENFORCED (18) is
 * not meant to be validated. Cost: catalogs, waits for nobody. 14–18.
 */
const LEFTOVERS = `
SELECT CASE WHEN x.indisready THEN 'invalid-index' ELSE 'not-ready-index' END AS kind,
  CASE WHEN n.nspname = 'public' THEN i.relname ELSE n.nspname || '.' || i.relname END AS name, n.nspname AS schema, t.relname AS relation
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE NOT (x.indisvalid AND x.indisready)
UNION ALL
SELECT 'unvalidated-constraint', k.conname, n.nspname, t.relname
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE NOT k.convalidated AND k.conislocal AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
UNION
SELECT 'disabled-trigger', coalesce(k.conname, g.tgname), n.nspname, t.relname
FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint
WHERE g.tgenabled = 'D' AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger p WHERE p.oid = g.tgparentid AND p.tgenabled = 'D')
UNION ALL
SELECT 'prepared-transaction', p.gid, '', '' FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database()`;

/** Of the migration's own name, and on a server of our own ($1) whoever else is connected. Cost: the status array. 14–18. */
const SESSIONS_LEFT = `
UNION ALL
SELECT CASE WHEN a.state LIKE 'idle in transaction%' THEN 'idle-transaction' ELSE 'session' END, a.application_name || ' (pid ' || a.pid || ')', '', ''
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
  AND (a.state LIKE 'idle in transaction%' OR a.application_name = '${applicationName('migration')}'
    OR $1 AND a.application_name NOT LIKE '${APPLICATION_PREFIX}%')`;

/** Sessions of traffic and actors must be closed by then; they are not looked for where they can not be seen. */
export async function leftovers(
  session: Session,
  { ownServer }: { readonly ownServer: boolean },
): Promise<readonly Leftover[]> {
  const { sessions } = await visibilityOf(session);
  const { rows } = sessions
    ? await session.query(`${LEFTOVERS}${SESSIONS_LEFT}`, [ownServer])
    : await session.query(LEFTOVERS);
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

const PASSING_KINDS: readonly Leftover['kind'][] = ['idle-transaction', 'session', 'prepared-transaction'];
/** A backend takes a moment to notice that its client is gone, a manager of distributed transactions to end what it has prepared. */
const SETTLING = milliseconds(2_000);
const POLL = milliseconds(50);

/** The same, after what is only ending has ended. */
export async function settledLeftovers(
  session: Session,
  scope: { readonly ownServer: boolean },
  clock: Clock,
): Promise<readonly Leftover[]> {
  const deadline = after(clock.now(), SETTLING);
  for (;;) {
    const found = await leftovers(session, scope);
    if (clock.now() > deadline || !found.some(({ kind }) => PASSING_KINDS.includes(kind))) return found;
    await clock.sleep(POLL);
  }
}

/** What there was before is nobody's leftover. */
export function freshLeftovers(before: readonly Leftover[], after: readonly Leftover[]): readonly Leftover[] {
  const keyOf = ({ kind, name, relation }: Leftover): string => JSON.stringify([kind, name, relation]);
  const known = new Set(before.map(keyOf));
  return after.filter((left) => !known.has(keyOf(left)));
}
