import type { Clock } from '../clock.ts';
import { displayName } from '../postgres/index.ts';
import type { SessionLabel } from '../result/index.ts';
import {
  APPLICATION_PREFIX,
  booleanOf,
  isNull,
  numberOf,
  textOf,
  type Row,
  type Session,
} from '../target/index.ts';
import { milliseconds, since, type Instant, type Milliseconds } from '../units.ts';

import { blockersInQueues, type QueuedWait } from './queue.ts';
import type { BuildSeen, LockSeen, Sample } from './samples.ts';

/**
 * Everybody connected to this database. Cost: one pass over the backend status array, no lock manager: 0.2 ms for 30 sessions. The view is fixed within a
 * transaction, so it is read in autocommit. 14–18.
 */
const SESSIONS = `
SELECT pid, coalesce(backend_type, '') AS backend_type, coalesce(application_name, '') AS application_name, coalesce(state, '') AS state, coalesce(left(query, 500), '') AS query,
  coalesce(wait_event_type = 'Lock', false) AS waiting, extract(epoch FROM pg_catalog.clock_timestamp()) * 1000 AS now
FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()`;

/**
 * Who waits for what. Only asked when someone waits. pg_blocking_pids takes all lock partitions for a moment and looks at every lock, so it is asked once for each
 * queue: of the one that came last (queue.ts); who holds the lock in another mode may stand ahead, and is of a queue of its own. waitstart may be missing for an
 * instant (manual, 54.12): such a wait has just begun, and the next sample sees it. Names come from pg_class, never from functions that lock the table. 14–18.
 */
const WAITS = `
WITH own AS MATERIALIZED (
  SELECT *, concat_ws(' ', locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid) AS tag
  FROM pg_catalog.pg_locks WHERE pid = ANY ($1)
), known AS (
  SELECT *, bool_or(granted) OVER (PARTITION BY pid, tag) AS jumps FROM own
), queued AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY tag, mode, jumps ORDER BY waitstart DESC, pid DESC) AS place
  FROM known WHERE NOT granted AND waitstart IS NOT NULL
)
SELECT l.pid, l.locktype, l.mode, l.tag, l.jumps, coalesce(n.nspname, '') AS schema, coalesce(c.relname, '') AS name,
  extract(epoch FROM l.waitstart) * 1000 AS since, CASE WHEN l.place = 1 THEN pg_catalog.pg_blocking_pids(l.pid) END AS blockers
FROM queued l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY l.waitstart, l.pid`;

/** Table locks of the migration's sessions, while a step runs. Cost: one snapshot of the lock table. 14–18. */
const LOCKS = `
SELECT l.pid, l.mode, l.granted, l.virtualtransaction AS transaction, n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.pid = ANY ($1) AND c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%'`;

/** Index builds of the migration's sessions, while a step runs. Cost: one pass over the backend status array, no lock. 14–18. */
const BUILDS = `
SELECT pid, phase, coalesce(lockers_total, 0) AS total, coalesce(lockers_done, 0) AS done, coalesce(current_locker_pid, 0) AS locker
FROM pg_catalog.pg_stat_progress_create_index WHERE pid = ANY ($1)`;

/** What the samples can not know by themselves. */
export interface Situation {
  /** Names of actors and the like. */
  readonly names: ReadonlyMap<number, string>;
  /** Sessions of the migration, by pid. */
  readonly migrating: ReadonlySet<number>;
  /** Index of the step that is running. */
  readonly step: number | undefined;
  /** Whether this user may read pg_locks. */
  readonly seesLocks: boolean;
}

/* Prepared on its session: to plan a query on these views takes longer than to run it. */

export async function takeSample(
  session: Session,
  clock: Clock,
  origin: Instant,
  situation: Situation,
): Promise<Sample> {
  const before = clock.now();
  const { rows } = await session.execute('sessions', SESSIONS, []);
  const at = milliseconds((before + clock.now()) / 2 - origin);
  // The server's clock and ours differ by this much, and by at most half the round trip more.
  const serverNow = rows[0] === undefined ? 0 : numberOf(rows[0], 'now');
  const sessions = new Map(rows.map((row) => [numberOf(row, 'pid'), label(row, situation)]));
  const waiting = rows.filter((row) => row['waiting'] === true).map((row) => numberOf(row, 'pid'));
  const migrating = [...sessions.values()].filter(({ kind }) => kind === 'migration').map(({ pid }) => pid);
  const waits =
    waiting.length === 0 || !situation.seesLocks
      ? []
      : blockersInQueues(
          (await session.execute('waits', WAITS, [waiting])).rows.map((row) =>
            queuedWait(row, at, serverNow),
          ),
        );
  const isAtWork = situation.step !== undefined && migrating.length > 0;
  return {
    at,
    waits,
    sessions,
    step: situation.step,
    ...(isAtWork && situation.seesLocks
      ? await readLocks(session, migrating, () => since(origin, clock.now()))
      : { locks: [] }),
    builds: isAtWork ? await readBuilds(session, migrating, sessions) : [],
  };
}

/** What does not speak of an index builds none; that saves a fourth of a sample's round trips. */
const BUILDS_AN_INDEX = /\b(?:(?:re)?index|unique|primary|exclude)\b|^\s*(?:call|do|select)\b/i;

async function readBuilds(
  session: Session,
  migrating: readonly number[],
  sessions: ReadonlyMap<number, SessionLabel>,
): Promise<readonly BuildSeen[]> {
  const building = migrating.filter((pid) => BUILDS_AN_INDEX.test(sessions.get(pid)?.query ?? ''));
  if (building.length === 0) return [];
  return (await session.execute('builds', BUILDS, [building])).rows.map(buildSeen);
}

async function readLocks(
  session: Session,
  migrating: readonly number[],
  now: () => Milliseconds,
): Promise<Required<Pick<Sample, 'locks' | 'locksRead'>>> {
  const after = now();
  const { rows } = await session.execute('locks', LOCKS, [migrating]);
  return { locks: rows.map(lockSeen), locksRead: { after, by: now() } };
}

function label(row: Row, { names, migrating }: Situation): SessionLabel {
  const pid = numberOf(row, 'pid');
  const application = textOf(row, 'application_name');
  const kind = migrating.has(pid) ? 'migration' : kindOf(application, textOf(row, 'backend_type'));
  return {
    pid,
    kind,
    name: names.get(pid) ?? (kind === 'traffic' ? '' : application),
    query: textOf(row, 'query').replace(/\s+/g, ' '),
  };
}

const KINDS: Readonly<Record<string, SessionLabel['kind']>> = {
  traffic: 'traffic',
  migration: 'migration',
  actor: 'actor',
};

function kindOf(application: string, backend: string): SessionLabel['kind'] {
  if (backend === 'autovacuum worker') return 'autovacuum';
  if (application.startsWith(APPLICATION_PREFIX))
    return KINDS[application.slice(APPLICATION_PREFIX.length)] ?? 'harness';
  return 'other';
}

function queuedWait(row: Row, at: Milliseconds, serverNow: number): QueuedWait {
  const blockers: unknown = row['blockers'];
  const serverStart = numberOf(row, 'since');
  return {
    pid: numberOf(row, 'pid'),
    lockType: textOf(row, 'locktype'),
    relation: relationOf(row),
    mode: isNull(row, 'mode') ? '' : textOf(row, 'mode'),
    since: milliseconds(at + serverStart - serverNow),
    serverStart,
    tag: textOf(row, 'tag'),
    jumps: booleanOf(row, 'jumps'),
    blockers: Array.isArray(blockers) ? [...new Set(blockers.map(Number))] : undefined,
  };
}

function lockSeen(row: Row): LockSeen {
  return {
    pid: numberOf(row, 'pid'),
    relation: relationOf(row),
    mode: textOf(row, 'mode'),
    granted: row['granted'] === true,
    transaction: textOf(row, 'transaction'),
  };
}

function buildSeen(row: Row): BuildSeen {
  return {
    pid: numberOf(row, 'pid'),
    phase: textOf(row, 'phase'),
    lockersTotal: numberOf(row, 'total'),
    lockersDone: numberOf(row, 'done'),
    locker: numberOf(row, 'locker'),
  };
}

function relationOf(row: Row): string {
  const name = textOf(row, 'name');
  return name === '' ? '' : displayName(textOf(row, 'schema'), name);
}
