import { Failure } from '../errors.ts';
import { displayName } from '../postgres/index.ts';
import {
  cancelBackend,
  connect,
  numberOf,
  SHIELD,
  sqlStateOf,
  textOf,
  type ConnectionSettings,
  type Session,
} from '../target/index.ts';

import type { Stop } from './stop.ts';

/** In a database that others use, a table may be locked for as long as they like. */
const PATIENCE = { lock_timeout: '5s', statement_timeout: '2min' };

/** Cost: one snapshot of the lock table. 14–18. */
const LOCKED = `
SELECT n.nspname AS schema, c.relname AS name, l.pid, coalesce(a.application_name, '') AS application
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
ORDER BY 1, 2, 3`;

/** `path`: names in the SQL are the harness's own, or the user's as the database looks them up. */
export interface Stoppable {
  readonly stop: Stop;
  readonly connection: ConnectionSettings;
  readonly path: 'own' | 'of the database';
}

/**
 * Looks at the database on a session of its own, which is cut when the run is stopped. Throws `Failure('target.unavailable')` that names who keeps a table
 * locked, where somebody does.
 */
export async function withStoppableSession<Value>(
  { stop, connection, path }: Stoppable,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  stop.check();
  const settings = path === 'own' ? { ...SHIELD, ...PATIENCE } : PATIENCE;
  await using session = await stop.race(connect(connection, 'audit', { settings }));
  const cut = (): void => {
    const { pid } = session;
    void cancelBackend(connection, pid)
      .catch(() => undefined)
      .finally(() => session.destroy());
  };
  stop.signal.addEventListener('abort', cut, { once: true });
  try {
    return await stop.race(work(session));
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE || stop.signal.aborted) throw error;
    throw await locked(session, error);
  } finally {
    stop.signal.removeEventListener('abort', cut);
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

async function locked(session: Session, cause: unknown): Promise<Failure> {
  const { rows } = await session.query(LOCKED);
  const holders = rows.map((row) => {
    const application = textOf(row, 'application');
    const who = `pid ${numberOf(row, 'pid')}${application === '' ? '' : `, ${application}`}`;
    return `${displayName(textOf(row, 'schema'), textOf(row, 'name'))} (${who})`;
  });
  return new Failure('target.unavailable', {
    message: `a table was locked for more than ${PATIENCE.lock_timeout}${holders.length === 0 ? '' : `: ${holders.join(', ')}`}`,
    hint: 'wait for whoever holds the lock, or end that session',
    cause,
  });
}
