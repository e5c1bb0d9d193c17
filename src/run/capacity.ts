import { Failure, formatIssue } from '../errors.ts';
import { highestRate, isOpen, type PlannedWorkload, type TrafficPlan } from '../plan/index.ts';
import {
  numberOf,
  textOf,
  visibilityOf,
  withShieldedSession,
  type ConnectionSettings,
} from '../target/index.ts';
import type { BaselineLoad, ServiceReport } from '../traffic/index.ts';
import { formatDuration, formatRate, milliseconds, type Milliseconds } from '../units.ts';

/* Whether the traffic fits: into the server's connections, and its rate into its own. */

/** Cost: reads the settings. 14–18; `reserved_connections` is there from 16 on. */
const CONNECTIONS = `
SELECT name, setting::bigint AS value FROM pg_catalog.pg_settings
WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')`;

/** Cost: counts the server's processes; of other people's the type is hidden from a user without rights. 14–18. */
const IN_USE = `
UNION ALL SELECT 'in_use', count(*) FROM pg_catalog.pg_stat_activity
WHERE (backend_type IN ('client backend', 'walsender') OR backend_type IS NULL AND datid IS NOT NULL) AND pid <> pg_catalog.pg_backend_pid()`;

/** The observer, the migration (a tool of several sessions), the audit. */
const OWN_SESSIONS = 6;

/** Connections to the server itself. */
interface Wanted {
  /** Of the traffic; a pooler has its own. */
  readonly pools: number;
  readonly actors: number;
}

/** Throws `Failure('traffic.refused')` with the arithmetic where the server has fewer connections than the scenario needs. */
export async function requireConnections(
  connection: ConnectionSettings,
  traffic: TrafficPlan,
  { pools, actors }: Wanted,
): Promise<void> {
  const { rows } = await withShieldedSession(connection, async (session) => {
    const { sessions } = await visibilityOf(session);
    return await session.query(`${CONNECTIONS}${sessions ? IN_USE : ''}`);
  });
  const facts = new Map(rows.map((row) => [textOf(row, 'name'), numberOf(row, 'value')]));
  const fact = (name: string): number => facts.get(name) ?? 0;
  const most = fact('max_connections');
  const reserved = fact('superuser_reserved_connections') + fact('reserved_connections');
  const free = most - reserved - fact('in_use');
  const needed = pools + actors + OWN_SESSIONS;
  if (needed <= free) return;
  const sum = [
    ...(pools > 0 ? [`${pools} of the traffic`] : []),
    ...(actors > 0 ? [`${actors} of actors`] : []),
    `${OWN_SESSIONS} of the harness`,
  ];
  const taken = [`${reserved} reserved`, ...(fact('in_use') > 0 ? [`${fact('in_use')} in use`] : [])];
  throw refused(
    traffic.workloads[0],
    `${sum.join(' + ')} = ${needed} connections, but the server has ${free} (max_connections ${most}, less ${taken.join(' and ')})`,
    'raise max_connections (under settings for a server of our own), or lower connections',
  );
}

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
