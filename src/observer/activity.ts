import { displayName } from '../postgres/index.ts';
import type { PhaseActivity, TableActivity } from '../result/index.ts';
import { numberOf, textOf, type Row, type Session } from '../target/index.ts';
import { bytes, milliseconds, type Milliseconds } from '../units.ts';

/* What happened to each table between two looks at the server's counters. */

/**
 * Since the counters began; partitions count for the root of their tree. Cost: one pass over the statistics of all tables, no lock but on
 * catalogs: 2 ms for a hundred tables. 14–18.
 */
const TABLES = `
SELECT root.oid::text AS oid, n.nspname AS schema, root.relname AS name,
  sum(s.seq_scan) AS seq_scans, sum(coalesce(s.idx_scan, 0)) AS index_scans,
  sum(s.n_tup_ins) AS inserted, sum(s.n_tup_upd) AS updated, sum(s.n_tup_hot_upd) AS hot_updated, sum(s.n_tup_del) AS deleted,
  sum(coalesce(io.heap_blks_read, 0) + coalesce(io.idx_blks_read, 0) + coalesce(io.toast_blks_read, 0) + coalesce(io.tidx_blks_read, 0)) AS blocks_read,
  sum(coalesce(io.heap_blks_hit, 0) + coalesce(io.idx_blks_hit, 0) + coalesce(io.toast_blks_hit, 0) + coalesce(io.tidx_blks_hit, 0)) AS blocks_hit
FROM pg_catalog.pg_stat_user_tables s LEFT JOIN pg_catalog.pg_statio_user_tables io ON io.relid = s.relid
JOIN pg_catalog.pg_class root ON root.oid = coalesce(pg_catalog.pg_partition_root(s.relid), s.relid)
JOIN pg_catalog.pg_namespace n ON n.oid = root.relnamespace
GROUP BY 1, 2, 3`;

/** Cost: none worth naming; not on a standby. 14–18. */
const WAL = `SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0') AS bytes`;

/** Cost: none. */
const VERSION = "SELECT pg_catalog.current_setting('server_version_num')::int AS number";
const COUNTERS_IN_MEMORY = 150_000;

/**
 * How old a look at the counters may be. Up to 14 a collector writes them into a file, which is read again when it is older
 * than half a second (PGSTAT_STAT_INTERVAL in pgstat.c); from 15 on they are in shared memory.
 */
export async function countersLag(session: Session): Promise<Milliseconds> {
  const number = numberOf((await session.query(VERSION)).rows[0] ?? {}, 'number');
  return milliseconds(number < COUNTERS_IN_MEMORY ? 600 : 0);
}

export interface ActivitySnapshot {
  readonly at: Milliseconds;
  readonly walBytes: number;
  /** By oid: a name may change. */
  readonly tables: ReadonlyMap<string, TableActivity>;
}

export async function activitySnapshot(session: Session, at: Milliseconds): Promise<ActivitySnapshot> {
  const wal = (await session.query(WAL)).rows[0] ?? {};
  const { rows } = await session.query(TABLES);
  return {
    at,
    walBytes: numberOf(wal, 'bytes'),
    tables: new Map(rows.map((row) => [textOf(row, 'oid'), countersOf(row)])),
  };
}

function countersOf(row: Row): TableActivity {
  return {
    relation: displayName(textOf(row, 'schema'), textOf(row, 'name')),
    seqScans: numberOf(row, 'seq_scans'),
    indexScans: numberOf(row, 'index_scans'),
    inserted: numberOf(row, 'inserted'),
    updated: numberOf(row, 'updated'),
    hotUpdated: numberOf(row, 'hot_updated'),
    deleted: numberOf(row, 'deleted'),
    blocksRead: numberOf(row, 'blocks_read'),
    blocksHit: numberOf(row, 'blocks_hit'),
  };
}

export function activityBetween(
  before: ActivitySnapshot,
  after: ActivitySnapshot,
): Omit<PhaseActivity, 'phase'> {
  const tables = [...after.tables].map(([oid, counters]) => since(before.tables.get(oid), counters));
  return {
    duration: milliseconds(after.at - before.at),
    walBytes: bytes(Math.max(0, after.walBytes - before.walBytes)),
    tables: tables
      .filter((table) => Object.values(table).some((value) => typeof value === 'number' && value > 0))
      .sort((one, other) => (one.relation < other.relation ? -1 : 1)),
  };
}

/** Counters go down where they were reset, or a partition was dropped: then nothing is known. */
function since(before: TableActivity | undefined, after: TableActivity): TableActivity {
  const grown = (of: (counters: TableActivity) => number): number =>
    Math.max(0, of(after) - (before === undefined ? 0 : of(before)));
  return {
    relation: after.relation,
    seqScans: grown(({ seqScans }) => seqScans),
    indexScans: grown(({ indexScans }) => indexScans),
    inserted: grown(({ inserted }) => inserted),
    updated: grown(({ updated }) => updated),
    hotUpdated: grown(({ hotUpdated }) => hotUpdated),
    deleted: grown(({ deleted }) => deleted),
    blocksRead: grown(({ blocksRead }) => blocksRead),
    blocksHit: grown(({ blocksHit }) => blocksHit),
  };
}
