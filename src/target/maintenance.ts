import { Failure, messageOf } from '../errors.ts';
import { connect } from './connect.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { reachDatabase, type ForeignDatabase } from './connection-string.ts';
import { sqlStateOf } from './error-class.ts';
import { booleanOf } from './row.ts';
import type { Session } from './session.ts';
import { SHIELD } from './shield.ts';

/*
 * The session from which databases are created and dropped. It locks the name of each database of ours for as long as somebody works on it: the server itself
 * knows, whatever host the harness ran on, when nobody does any more.
 */

/**
 * A database from which others are made: `postgres`, else the one that was named, else `template1`, in which nobody may sit while a database is created
 * without a template. `avoid`: is to be copied, and must have no session. Throws `Failure('target.unavailable')`.
 */
export async function maintenanceConnection(
  foreign: ForeignDatabase,
  avoid?: string,
): Promise<ConnectionSettings> {
  const { database: named } = foreign.connection;
  const places = [...new Set(['postgres', named, 'template1'])].filter((place) => place !== avoid);
  const refused: unknown[] = [];
  for (const database of places) {
    try {
      return await reachDatabase({ ...foreign, connection: { ...foreign.connection, database } });
    } catch (error) {
      refused.push(error);
      // Without a SQLSTATE the server was not reached, and there is no other one.
      if (sqlStateOf(error) === undefined) throw error;
    }
  }
  throw new Failure('target.unavailable', {
    where: displayAddress(foreign.connection),
    message: `no connection to any of ${places.join(', ')} can be opened: ${[...new Set(refused.map(messageOf))].join('; ')}`,
    ...hintOf(refused[0]),
    cause: refused[0],
  });
}

const hintOf = (error: unknown): { readonly hint?: string } =>
  error instanceof Failure && error.hint !== undefined ? { hint: error.hint } : {};

/** A statement of it ends soon after its harness. 14–18. */
const SETTINGS = { ...SHIELD, client_connection_check_interval: '1s' };

export async function openMaintenance(place: ConnectionSettings): Promise<Session> {
  return await connect(place, 'seed', { settings: SETTINGS });
}

/** False: somebody works on the database. The lock ends with the session, however that ends. */
export async function tryLockName(session: Session, name: string): Promise<boolean> {
  const isHeldElsewhere = await heldElsewhere(session, name);
  // Who may not read the table of locks hears of those in this database only.
  if (isHeldElsewhere === true) return false;
  const { rows } = await session.query(TRY_LOCK, [lockOf(name)]);
  return rows[0] !== undefined && booleanOf(rows[0], 'taken');
}

/** Beside another session of this harness that holds it in another database. */
export async function lockNameToo(session: Session, name: string): Promise<void> {
  await session.query(TRY_LOCK, [lockOf(name)]);
}

/** Advisory locks belong to a database, and not everybody can connect to the same. Undefined: this role may not know. */
export async function heldElsewhere(session: Session, name: string): Promise<boolean | undefined> {
  try {
    return (await session.query(ELSEWHERE, [lockOf(name)])).rows.length > 0;
  } catch (error) {
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return undefined;
    throw error;
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

export async function unlockName(session: Session, name: string): Promise<void> {
  await session.query(UNLOCK, [lockOf(name)]);
}

const lockOf = (name: string): string => `pg-rehearse ${name}`;

/** Cost: one copy of the lock table. 14–18. */
const ELSEWHERE = `
SELECT FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND (l.classid::bigint << 32) | l.objid::bigint = pg_catalog.hashtextextended($1, 0)
  AND l.database <> (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

/** Cost: one entry of the lock table. 14–18. */
const TRY_LOCK = 'SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS taken';

/** Cost: one entry of the lock table. 14–18. */
const UNLOCK = 'SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))';
