import { sqlStateOf } from './error-class.ts';
import { isNull, numberOf, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

const MOST_NAMED = 5;

/** Who is connected to a database, a few words each; as many as a person wants to read. Nobody where this role may not see them. */
export async function occupantsOf(session: Session, database: string): Promise<readonly string[]> {
  try {
    return occupants((await session.query(OCCUPANTS, [database, MOST_NAMED])).rows);
  } catch (error) {
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return [];
    throw error;
  }
}

export function occupants(rows: readonly Row[]): readonly string[] {
  const [first] = rows;
  const more = first === undefined ? 0 : numberOf(first, 'total') - rows.length;
  return [...rows.map(occupant), ...(more > 0 ? [`${more} more`] : [])];
}

/** `psql of ann from 10.0.0.7 (idle)`; of others' sessions not every role sees from where they come, and what they do. */
function occupant(row: Row): string {
  if (isNull(row, 'role')) return isNull(row, 'type') ? 'a background process' : textOf(row, 'type');
  const address = isNull(row, 'address') ? '' : ` from ${textOf(row, 'address')}`;
  const state = isNull(row, 'state') ? '' : ` (${textOf(row, 'state')})`;
  return `${textOf(row, 'application') || 'a session'} of ${textOf(row, 'role')}${address}${state}`;
}

/** Whoever is no session of ours. */
export async function strangersIn(session: Session, database: string): Promise<readonly string[]> {
  return (await session.query(STRANGERS, [database])).rows.map((row) => textOf(row, 'who'));
}

/** Everybody sees the names of all; workers of the server have no role. Cost: one look at the backends' slots. 14–18. */
const STRANGERS = `
SELECT coalesce(nullif(a.application_name, '') || ' ', '') || '(pid ' || a.pid || ')' AS who FROM pg_catalog.pg_stat_activity a
WHERE a.datname = $1 AND a.usesysid IS NOT NULL AND a.application_name NOT LIKE 'rehearse/%' ORDER BY a.pid`;

const INSUFFICIENT_PRIVILEGE = '42501';

/** Workers of autovacuum give way to whoever copies the database. Cost: one look at the backends' slots. 14–18. */
const OCCUPANTS = `
SELECT a.usename::text AS role, coalesce(a.application_name, '') AS application, pg_catalog.host(a.client_addr) AS address, a.state, a.backend_type AS type,
  count(*) OVER () AS total
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = $1 AND a.pid <> pg_catalog.pg_backend_pid() AND coalesce(a.backend_type, '') <> 'autovacuum worker'
ORDER BY a.backend_start LIMIT $2`;
