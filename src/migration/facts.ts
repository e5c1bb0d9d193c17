import { displayName, isLockMode, type LockMode } from '../postgres/index.ts';
import type { RelationWork } from '../result/index.ts';
import { numberOf, textOf, type Row, type Session } from '../target/index.ts';
import { bytes } from '../units.ts';

interface HeldLock {
  readonly oid: string;
  readonly relation: string;
  readonly mode: LockMode;
}

/** What the migration's own session knows of itself at one moment of its transaction: exact, not sampled. */
export interface SessionFacts {
  /** `oid mode` of every lock that it holds on a relation; without a name where it is no table (any more). */
  readonly locks: ReadonlyMap<string, HeldLock>;
  /** Table to file: another file means that the table was written anew. */
  readonly files: ReadonlyMap<string, { readonly relation: string; readonly file: string }>;
  /** Sequential scans that this transaction made, by table. */
  readonly scans: ReadonlyMap<string, { readonly relation: string; readonly scans: number }>;
  readonly walBytes: number;
  /** As PostgreSQL shows it: `0`, `500ms`, `2s`. */
  readonly lockTimeout: string;
}

/**
 * One round trip, because it lengthens the hold that it measures: 1–2 ms on a catalog of a hundred tables. Reads catalogs and the lock table only, so it waits for
 * nobody. `pg_stat_xact_user_tables` is private to the session. 14–18.
 */
export const FACTS = factsSql({ locks: true });

/** Where the user may not read pg_locks. */
export const FACTS_WITHOUT_LOCKS = factsSql({ locks: false });

function factsSql({ locks }: { readonly locks: boolean }): string {
  const lockRows = `
SELECT 'lock' AS kind, l.relation::text AS oid, coalesce(t.schema, '') AS schema, coalesce(t.name, '') AS name, l.mode AS detail
FROM pg_catalog.pg_locks l LEFT JOIN tables t ON t.oid = l.relation::text
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
UNION ALL`;
  return `
WITH tables AS MATERIALIZED (
  SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relfilenode::text AS file
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
)${locks ? lockRows : ''}
SELECT 'file' AS kind, oid, schema, name, file AS detail FROM tables
UNION ALL SELECT 'scan', s.relid::text, s.schemaname, s.relname, s.seq_scan::text FROM pg_catalog.pg_stat_xact_user_tables s WHERE s.seq_scan > 0
UNION ALL SELECT 'wal', '', '', '', pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::text
UNION ALL SELECT 'lock_timeout', '', '', '', pg_catalog.current_setting('lock_timeout')`;
}

export async function sessionFacts(
  session: Session,
  { locks }: { readonly locks: boolean },
): Promise<SessionFacts> {
  const { rows } = await session.query(locks ? FACTS : FACTS_WITHOUT_LOCKS);
  return factsIn(rows);
}

/** The names of the columns of `FACTS`, all of them texts. */
export const FACT_COLUMNS = ['kind', 'oid', 'schema', 'name', 'detail'] as const;

export function factsIn(rows: readonly Row[]): SessionFacts {
  const of = (kind: string) =>
    rows
      .filter((row) => row['kind'] === kind)
      .map((row) => ({
        oid: textOf(row, 'oid'),
        relation: textOf(row, 'name') === '' ? '' : displayName(textOf(row, 'schema'), textOf(row, 'name')),
        detail: textOf(row, 'detail'),
      }));
  return {
    locks: new Map(
      of('lock').flatMap(({ oid, relation, detail }) =>
        isLockMode(detail) ? [[`${oid} ${detail}`, { oid, relation, mode: detail }] as const] : [],
      ),
    ),
    files: new Map(of('file').map(({ oid, relation, detail }) => [oid, { relation, file: detail }])),
    scans: new Map(of('scan').map(({ oid, relation, detail }) => [oid, { relation, scans: Number(detail) }])),
    walBytes: Number(of('wal')[0]?.detail ?? 0),
    lockTimeout: of('lock_timeout')[0]?.detail ?? '0',
  };
}

/** What happened between two moments of one session. */
export interface FactsDifference {
  readonly locks: readonly { readonly relation: string; readonly mode: LockMode }[];
  readonly rewritten: readonly string[];
  readonly scanned: readonly string[];
  readonly walBytes: number;
}

export function difference(before: SessionFacts, after: SessionFacts): FactsDifference {
  return {
    locks: [...after.locks].flatMap(([key, { oid, relation: now, mode }]) => {
      // By the name that others know it by: it may have been renamed or dropped since.
      const relation = before.files.get(oid)?.relation ?? now;
      return before.locks.has(key) || relation === '' ? [] : [{ relation, mode }];
    }),
    rewritten: [...after.files].flatMap(([oid, { relation, file }]) => {
      const earlier = before.files.get(oid);
      return earlier === undefined || earlier.file === file || file === '0' ? [] : [relation];
    }),
    scanned: [...after.scans].flatMap(([oid, { relation, scans }]) =>
      scans > (before.scans.get(oid)?.scans ?? 0) && before.files.has(oid) ? [relation] : [],
    ),
    walBytes: Math.max(0, after.walBytes - before.walBytes),
  };
}

/** Cost: a stat() of each file. Takes AccessShareLock, so only after the migration's transaction, with a lock_timeout. 14–18. */
const SIZES = `
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_total_relation_size(c.oid) AS bytes, greatest(c.reltuples, 0)::bigint AS rows
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END = ANY ($1)`;

export interface TableSize {
  readonly bytes: number;
  readonly rows: number;
}

export async function tableSizes(
  session: Session,
  relations: readonly string[],
): Promise<ReadonlyMap<string, TableSize>> {
  if (relations.length === 0) return new Map();
  const { rows } = await session.query(SIZES, [relations]);
  return new Map(
    rows.map((row) => [
      displayName(textOf(row, 'schema'), textOf(row, 'name')),
      { bytes: numberOf(row, 'bytes'), rows: numberOf(row, 'rows') },
    ]),
  );
}

export const tableWork =
  (sizes: ReadonlyMap<string, TableSize>) =>
  (relation: string): RelationWork => ({
    relation,
    bytes: bytes(sizes.get(relation)?.bytes ?? 0),
    rows: sizes.get(relation)?.rows ?? 0,
  });
