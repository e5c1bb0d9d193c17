import { randomInt } from 'node:crypto';

import { Failure, formatIssue, messageOf } from '../errors.ts';
import type { PlannedWorkload, TrafficPlan } from '../plan/index.ts';
import {
  applicationName,
  connect,
  displayAddress,
  reachThroughPooler,
  sqlStateOf,
  textOf,
  withSession,
  type ConnectionSettings,
  type Pooler,
  type Row,
  type Session,
} from '../target/index.ts';
import { sessionSettings } from '../traffic/index.ts';

/** The traffic's way through a pooler, tried before anything starts. */
export interface PooledTraffic {
  readonly connection: ConnectionSettings;
  /** What can not be known of it, a sentence each. */
  readonly missing: readonly string[];
}

/**
 * Throws `Failure('usage')` where the pooler leads to another database, logs in as another role, or does not carry what the traffic needs of a session, with the
 * reason; `Failure('target.unavailable')` where it can not be reached.
 */
export async function pooledTraffic(
  pooler: Pooler,
  direct: ConnectionSettings,
  { workloads }: TrafficPlan,
): Promise<PooledTraffic> {
  for (const workload of workloads) requireNoSettings(workload);
  const connection = await reachThroughPooler(pooler, direct);
  await requireSamePlace(connection, direct);
  const named = workloads.find(({ manners }) => manners.prepare === 'named');
  const lost = named === undefined ? undefined : await lostStatements(connection);
  if (named !== undefined && lost !== undefined) throw noNamedStatements(named, connection, lost);
  return { connection, missing: await missingThrough(connection) };
}

/** They would go to whichever session comes next, or to none. */
function requireNoSettings({ name, manners, location }: PlannedWorkload): void {
  const names = Object.keys(sessionSettings(manners));
  if (names.length === 0) return;
  throw new Failure('usage', {
    message: formatIssue({
      ...location,
      message: `the workload ${name} sets ${names.join(' and ')} for its sessions, and a pooler carries no settings of a session`,
    }),
    hint: `set it for the role (ALTER ROLE … SET ${names[0] ?? ''} = …), as production has to, and leave it out here`,
  });
}

/** Cost: one lock in shared memory until the transaction ends. Advisory locks are a database's own (manual, 13.3.5). 14–18. */
const HOLD = 'SELECT pg_catalog.pg_advisory_xact_lock($1)';
const IS_FREE = 'SELECT pg_catalog.pg_try_advisory_xact_lock($1) AS is_free';

/** Nobody shall be met by the traffic whom the target's own checks have not seen. */
async function requireSamePlace(pooled: ConnectionSettings, direct: ConnectionSettings): Promise<void> {
  const key = randomInt(2 ** 47);
  const isFree = await withSession(direct, 'audit', async (holder) => {
    const role = await roleOf(holder);
    await holder.query('BEGIN');
    await holder.query(HOLD, [key]);
    return await withSession(pooled, 'traffic', async (session) => {
      await requireTransactions(session, pooled);
      await requireRole(session, role, pooled);
      const { rows } = await session.query(IS_FREE, [key]);
      return rows[0]?.['is_free'] !== false;
    });
  });
  if (!isFree) return;
  throw new Failure('usage', {
    message: `the pooler leads to another database than the target: a lock taken there (${displayAddress(direct)}) is not seen here`,
    where: displayAddress(pooled),
    hint: 'have it lead to the same server and the same database, not to a replica',
  });
}

/** Cost: none. 14–18. */
const ROLE = 'SELECT session_user::text AS login, current_user::text AS role';

const roleOf = async (session: Session): Promise<Row> => (await session.query(ROLE)).rows[0] ?? {};

/** Such as by `user=` in PgBouncer's `[databases]`: it may more or less than the role that was named, and its sessions are not the run's to end. */
async function requireRole(session: Session, wanted: Row, pooled: ConnectionSettings): Promise<void> {
  await session.query('BEGIN');
  const found = await roleOf(session);
  const isSame = ['login', 'role'].every((part) => found[part] === wanted[part]);
  if (isSame) {
    await session.query('ROLLBACK');
    return;
  }
  // What it answers is that the connection broke.
  await session.query(END).catch(() => undefined);
  throw new Failure('usage', {
    message: `the pooler logs in as another role than the target: expected ${shown(wanted)}, found ${shown(found)}`,
    where: displayAddress(pooled),
    hint: 'have it log in as its client does: without user= in its [databases]',
  });
}

function shown(row: Row): string {
  const [login, role] = [textOf(row, 'login'), textOf(row, 'role')];
  return login === role ? login : `${login} (acting as ${role})`;
}

/** The transaction holds it: kept open by the pooler it would keep the database from being dropped. 14–18. */
const END = 'SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())';

async function requireTransactions(session: Session, pooled: ConnectionSettings): Promise<void> {
  try {
    await session.query('BEGIN');
    await session.query('ROLLBACK');
  } catch (error) {
    throw new Failure('usage', {
      message: `the pooler carries no transactions: ${messageOf(error)}`,
      where: displayAddress(pooled),
      hint: 'PgBouncer needs pool_mode = transaction or session',
    });
  }
}

/** Enough that a name meets another backend, or another session's statement of the same name. */
const PROBES = 3;
/** A pool of one backend makes the others wait. */
const HELD_FOR = 1_000;

/**
 * Why statements prepared by name do not last here; undefined: they do. Each session prepares its own statement by the same name, then uses it again while
 * another one has a transaction open: behind a pooler that gives backends to transactions, and does not follow the names, one is taken already or not there.
 */
async function lostStatements(pooled: ConnectionSettings): Promise<string | undefined> {
  const sessions: Session[] = [];
  try {
    for (let index = 0; index < PROBES; index++) sessions.push(await connect(pooled, 'traffic'));
    for (const [index, session] of sessions.entries()) await useNamed(session, index);
    for (const [index, session] of sessions.entries()) {
      const holder = sessions[(index + 1) % PROBES] ?? session;
      await holder.query('BEGIN');
      await useWhileHeld(holder, () => useNamed(session, index));
    }
    return undefined;
  } catch (error) {
    const state = sqlStateOf(error);
    if (error instanceof Failure || state === undefined) throw error;
    return `${messageOf(error)} (${state})`;
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function useWhileHeld(holder: Session, use: () => Promise<void>): Promise<void> {
  const used = use();
  const late = new Promise((resolve) => setTimeout(resolve, HELD_FOR).unref());
  try {
    await Promise.race([used, late]);
  } finally {
    await holder.query('ROLLBACK');
  }
  await used;
}

/** Cost: none. 14–18. */
const numbered = (index: number): string => `SELECT ${index} AS number`;

async function useNamed(session: Session, index: number): Promise<void> {
  const { rows } = await session.execute('rehearse_probe', numbered(index), []);
  if (Number(rows[0]?.['number']) === index) return;
  throw new Failure('usage', {
    message: 'a statement prepared by name is answered with the rows of another one',
    hint: NAMED_HINT,
  });
}

const NAMED_HINT =
  'write prepare: unnamed for the traffic, or use a pooler that follows names (PgBouncer from 1.21 on with max_prepared_statements)';

function noNamedStatements(
  { name, location }: PlannedWorkload,
  pooled: ConnectionSettings,
  why: string,
): Failure {
  return new Failure('usage', {
    message: formatIssue({
      ...location,
      message: `the workload ${name} prepares its statements by name (prepare: named), and through the pooler at ${displayAddress(pooled)} they do not last from one transaction to the next: ${why}`,
    }),
    hint: NAMED_HINT,
  });
}

/** Cost: none. 14–18. */
const APPLICATION = "SELECT pg_catalog.current_setting('application_name') AS name";

async function missingThrough(pooled: ConnectionSettings): Promise<readonly string[]> {
  const name = await withSession(pooled, 'traffic', async (session) =>
    textOf((await session.query(APPLICATION)).rows[0] ?? {}, 'name'),
  );
  const through = `the traffic goes through the pooler at ${pooled.host}:${pooled.port}`;
  return [
    `lock waits of the traffic are sampled, not exact: ${through}, which carries no settings of a session; deadlock_timeout is the server's own for all sessions`,
    `which arrival waited for a lock is told by its time, not by its session: ${through}, where each transaction may have another backend`,
    ...(name === applicationName('traffic')
      ? []
      : [
          `sessions of the traffic are not known as such in samples: ${through}, which does not pass on application_name`,
        ]),
  ];
}
