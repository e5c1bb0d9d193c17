import { Failure } from '../errors.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { numberOf } from './row.ts';
import type { Session } from './session.ts';

/* A pooler that somebody took for the server: settings and locks of a session would get lost in it, or stay with others. */

/** Throws `Failure('usage')` where the session has no backend of its own. */
export async function requireOwnBackend(session: Session, connection: ConnectionSettings): Promise<void> {
  const row = (await session.query(BACKEND)).rows[0] ?? {};
  const pid = numberOf(row, 'pid');
  if (pid === session.pid) return;
  throw poolerFailure(connection, `the session is pid ${pid}, and was told ${session.pid}`);
}

/** Cost: none. 14–18. */
const BACKEND = 'SELECT pg_catalog.pg_backend_pid() AS pid';

export function poolerFailure(connection: ConnectionSettings, evidence: string): Failure {
  return new Failure('usage', {
    where: displayAddress(connection),
    message: `expected a PostgreSQL server, found a pooler in front of it: ${evidence}`,
    hint: 'name the server itself; the traffic of rehearse run goes through the pooler with --pooler',
  });
}
