import { Failure } from '../errors.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { numberOf } from './row.ts';
import type { Session } from './session.ts';

/*
 * A server cuts longer names without a word, in a start-up packet as well (manual, 4.1.1): then what is allowed, marked and reported would be another name than that of
 * the database which is changed.
 */

/** In bytes: NAMEDATALEN - 1. */
const LONGEST = 63;

/** Bytes, whatever the encoding that the database gives its names in. Cost: none. 14–18. */
const TAKEN = 'SELECT pg_catalog.octet_length(pg_catalog.current_database()::pg_catalog.text) AS bytes';

/** Throws `Failure('usage')` where the session is in a database whose name is shorter than the one that was asked for. */
export async function requireWholeName(session: Session, connection: ConnectionSettings): Promise<void> {
  const taken = numberOf((await session.query(TAKEN)).rows[0] ?? {}, 'bytes');
  if (taken < Buffer.byteLength(connection.database)) throw cut(connection, taken);
}

/** Throws `Failure('usage')` for a name that no database can be given. */
export function requirePossibleName(connection: ConnectionSettings): void {
  if (Buffer.byteLength(connection.database) > LONGEST) throw cut(connection, LONGEST);
}

function cut(connection: ConnectionSettings, taken: number): Failure {
  return new Failure('usage', {
    where: displayAddress(connection),
    message: `expected a name of at most ${taken} bytes, found one of ${Buffer.byteLength(connection.database)}: the server cuts it, and takes the database of the shorter name`,
    hint: 'name the database as it is called: psql --list shows it',
  });
}
