import { Failure, formatIssue } from '../errors.ts';
import { highestRate, isOpen, type PlannedWorkload, type TrafficPlan } from '../plan/index.ts';
import { quoteIdentifier } from '../postgres/index.ts';
import {
  numberOf,
  textOf,
  visibilityOf,
  withShieldedSession,
  type ConnectionSettings,
  type Row,
} from '../target/index.ts';
import type { BaselineLoad, ServiceReport } from '../traffic/index.ts';
import { formatDuration, formatRate, milliseconds, type Milliseconds } from '../units.ts';

/* Whether the traffic fits: into the server's connections, and its rate into its own. */

/**
 * What is limited, for whom: superusers are held by max_connections only. Cost: reads the settings and two rows of the catalogs. 14–18; `reserved_connections` is
 * there from 16 on.
 */
const LIMITS = `
SELECT 'server' AS scope, '' AS name, pg_catalog.current_setting('max_connections')::bigint AS most,
  (SELECT pg_catalog.sum(setting::bigint)::bigint FROM pg_catalog.pg_settings
   WHERE name IN ('superuser_reserved_connections', 'reserved_connections')) AS reserved
UNION ALL SELECT 'role', r.rolname::text, r.rolconnlimit, 0 FROM pg_catalog.pg_roles r
WHERE r.rolname = session_user AND NOT r.rolsuper AND r.rolconnlimit >= 0
UNION ALL SELECT 'database', d.datname::text, d.datconnlimit, 0 FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
WHERE d.datname = pg_catalog.current_database() AND r.rolname = session_user AND NOT r.rolsuper AND d.datconnlimit >= 0`;

/** Cost: counts the server's processes; of other people's the type is hidden from a user without rights. 14–18. */
const IN_USE = `
SELECT pg_catalog.count(*) AS server, pg_catalog.count(*) FILTER (WHERE usename = session_user) AS role,
  pg_catalog.count(*) FILTER (WHERE datname = pg_catalog.current_database()) AS database
FROM pg_catalog.pg_stat_activity
WHERE (backend_type IN ('client backend', 'walsender') OR backend_type IS NULL AND datid IS NOT NULL) AND pid <> pg_catalog.pg_backend_pid()`;

/** The observer, the migration (a tool of several sessions), the audit. */
const OWN_SESSIONS = 6;

/** Connections to the server itself. */
export interface Wanted {
  /** Of the traffic; a pooler has its own. */
  readonly pools: number;
  readonly actors: number;
}

const SCOPES = ['server', 'role', 'database'] as const;

export interface ConnectionLimit {
  readonly scope: (typeof SCOPES)[number];
  readonly name: string;
  readonly most: number;
  readonly reserved: number;
  readonly inUse: number;
}

/** Throws `Failure('traffic.refused')` with the arithmetic where the server, the role or the database has fewer connections than the scenario needs. */
export async function requireConnections(
  connection: ConnectionSettings,
  traffic: TrafficPlan,
  wanted: Wanted,
): Promise<void> {
  const limits = await withShieldedSession(connection, async (session) => {
    const { sessions } = await visibilityOf(session);
    const inUse = sessions ? ((await session.query(IN_USE)).rows[0] ?? {}) : {};
    return (await session.query(LIMITS)).rows.map((row) => limitIn(row, inUse));
  });
  const problem = shortage(limits, wanted);
  if (problem !== undefined) throw refused(traffic.workloads[0], problem.message, problem.hint);
}

function limitIn(row: Row, inUse: Row): ConnectionLimit {
  const scope = SCOPES.find((known) => known === textOf(row, 'scope')) ?? 'server';
  return {
    scope,
    name: textOf(row, 'name'),
    most: numberOf(row, 'most'),
    reserved: numberOf(row, 'reserved'),
    // Where nobody may look, nobody is counted.
    inUse: scope in inUse ? numberOf(inUse, scope) : 0,
  };
}

/** By the limit that leaves the fewest; undefined: they are enough. */
export function shortage(
  limits: readonly ConnectionLimit[],
  { pools, actors }: Wanted,
): { readonly message: string; readonly hint: string } | undefined {
  const needed = pools + actors + OWN_SESSIONS;
  const [limit] = limits.toSorted((one, other) => freeOf(one) - freeOf(other));
  if (limit === undefined || needed <= freeOf(limit)) return undefined;
  const sum = [
    ...(pools > 0 ? [`${pools} of the traffic`] : []),
    ...(actors > 0 ? [`${actors} of actors`] : []),
    `${OWN_SESSIONS} of the harness`,
  ];
  const { scope, name, most, reserved, inUse } = limit;
  const taken = [
    ...(reserved > 0 ? [`${reserved} reserved`] : []),
    ...(inUse > 0 ? [`${inUse} in use`] : []),
  ];
  const holder = scope === 'server' ? 'the server' : `the ${scope} ${quoteIdentifier(name)}`;
  const setting = scope === 'server' ? 'max_connections' : 'CONNECTION LIMIT';
  const less = taken.length === 0 ? '' : `, less ${taken.join(' and ')}`;
  return {
    message: `${sum.join(' + ')} = ${needed} connections, but ${holder} has ${Math.max(0, freeOf(limit))} (${setting} ${most}${less})`,
    hint:
      scope === 'server'
        ? 'raise max_connections (under settings for a server of our own), or lower connections'
        : `ALTER ${scope.toUpperCase()} ${quoteIdentifier(name)} CONNECTION LIMIT ${needed + inUse}, or lower connections`,
  };
}

const freeOf = ({ most, reserved, inUse }: ConnectionLimit): number => most - reserved - inUse;

/** Above it the pool is a queue most of the time. */
const BUSY = 0.8;

/** As the validity rule `event_loop_utilization`. */
const GENERATOR_BUSY = 0.9;

/**
 * Little's law: arrivals a second times seconds each takes is how many run at once, and no more of them can than there are connections.
 * Throws `Failure('traffic.refused')` where the pool can not carry its rate even without a migration; returns a sentence of
 * warning for each that hardly can.
 */
export function requireCapacity(
  traffic: TrafficPlan,
  { service, eventLoop }: BaselineLoad,
): readonly string[] {
  // Then the times are its own: the validity rules say so, and more connections would not help.
  if (eventLoop > GENERATOR_BUSY) return [];
  const checked = traffic.workloads.filter(isOpen).flatMap((workload) => {
    const report = service.find(({ workload: index }) => index === workload.index);
    const mean = meanService(report);
    const rate = highestRate(workload.executor);
    const busy = (rate * mean) / 1_000;
    const sentence = `${formatRate(rate)} × ${formatDuration(mean)} on average keep ${busy.toFixed(1)} connections busy, and ${workload.name === 'main' ? 'the pool' : `the pool of ${workload.name}`} has ${workload.connections}`;
    return [{ workload, busy, sentence, unserved: report?.unserved ?? 0 }];
  });
  for (const { workload, busy, sentence, unserved } of checked) {
    // A pool that is too small has a queue that grows; a short one is of something that slowed a few arrivals for a moment.
    if (busy <= workload.connections || unserved <= workload.connections) continue;
    throw refused(
      workload,
      `the pool can not carry its rate, as the baseline shows: ${sentence}`,
      'lower the rate, or raise connections to what the application has',
    );
  }
  return checked
    .filter(({ workload, busy }) => busy > BUSY * workload.connections)
    .map(({ sentence }) => `the pool is nearly full without any migration: ${sentence}`);
}

/** Those that have completed are the quick ones; where the pool is far too small they are few, and what runs tells more. */
function meanService(report: ServiceReport | undefined): Milliseconds {
  if (report === undefined) return milliseconds(0);
  const { completed, running } = report;
  const all = { count: completed.count + running.count, sum: completed.sum + running.sum };
  return milliseconds(Math.max(...[completed, all].map(({ count, sum }) => (count === 0 ? 0 : sum / count))));
}

function refused(workload: PlannedWorkload | undefined, message: string, hint: string): Failure {
  const place = workload?.location ?? { file: '', path: '' };
  return new Failure('traffic.refused', { message: formatIssue({ ...place, message }), hint });
}
