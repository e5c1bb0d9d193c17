import { systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';
import { after, milliseconds } from '../units.ts';
import type { ConnectionSettings } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { occupantsOf, strangersIn } from './occupants.ts';
import {
  closeOwnDatabase,
  commentOn,
  commentStatement,
  dropDatabase,
  isThere,
  keptComment,
  keptNameOf,
  withoutOurWords,
} from './own-database.ts';
import {
  endPrepared,
  preparedIn,
  rollbackPrepared,
  type PreparedTransaction,
} from './prepared-transactions.ts';
import type { Session } from './session.ts';

/* What becomes of a database of a run when the run is over. */

/** An agent that looks into one database after the other has left by then. */
const PATIENCE = milliseconds(15_000);
const POLL = milliseconds(200);

/**
 * Nobody gets in any more, and whoever may not be cut off by this role has time to leave. Transactions that were prepared in it are rolled back. Where somebody
 * stays, so does the database, closed, for the next sweep; the error says who.
 */
export async function dropOnceLeft(session: Session, place: ConnectionSettings, name: string): Promise<void> {
  if (!(await isThere(session, name))) return;
  await closeOwnDatabase(session, name);
  const deadline = after(systemClock.now(), PATIENCE);
  for (;;) {
    try {
      await endPrepared(session, { place, database: name });
      await dropDatabase(session, name);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== OBJECT_IN_USE) throw error;
      if (systemClock.now() > deadline) throw await inUse(session, name, error);
    }
    await systemClock.sleep(POLL);
  }
}

async function inUse(session: Session, name: string, cause: unknown): Promise<Error> {
  const names = await occupantsOf(session, name);
  const message = [messageOf(cause), ...(names.length === 0 ? [] : [names.join(', ')])].join(': ');
  return new Error(message, { cause });
}

export interface KeptDatabase {
  readonly name: string;
  /** Why it has its old name still. */
  readonly problem: string | undefined;
}

/**
 * From now on it is nobody's left-over. Its comment says so first, for while somebody works in it, who is not sent away, it can not get the name that says so
 * too. Sessions of the harness are cut off: a pooler keeps them open.
 */
export async function keepDatabase(session: Session, name: string): Promise<KeptDatabase> {
  const comment = withoutOurWords(await commentOn(session, name));
  await session.query(commentStatement(name, keptComment(comment)));
  const strangers = await strangersIn(session, name);
  if (strangers.length > 0) return { name, problem: `somebody works in it: ${strangers.join(', ')}` };
  const prepared = await preparedIn(session, name);
  if (prepared.length > 0) return { name, problem: stillPrepared(prepared) };
  const kept = keptNameOf(name);
  try {
    await session.query(CUT_OFF, [name]);
    // Waits up to 5 s for those that were cut off. One catalog row; 14–18.
    await session.query(`ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ${quoteIdentifier(kept)}`);
    return { name: kept, problem: undefined };
  } catch (error) {
    if (!IN_THE_WAY.includes(sqlStateOf(error))) throw error;
    return { name, problem: messageOf(error) };
  }
}

const stillPrepared = (prepared: readonly PreparedTransaction[]): string =>
  `it has prepared transactions, which stay until each is ended there: ${prepared.map(({ name }) => rollbackPrepared(name)).join('; ')}`;

const OBJECT_IN_USE = '55006';
const INSUFFICIENT_PRIVILEGE = '42501';
/** The latter for sessions of another role. */
const IN_THE_WAY: readonly (string | undefined)[] = [OBJECT_IN_USE, INSUFFICIENT_PRIVILEGE];

/** Cost: one look at the backends' slots, a signal each. 14–18. */
const CUT_OFF = `
SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
WHERE a.datname = $1 AND a.application_name LIKE 'rehearse/%' AND a.pid <> pg_catalog.pg_backend_pid()`;
