import { messageOf } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/index.ts';
import type { ConnectionSettings } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { openMaintenance } from './maintenance.ts';
import { closeOwnDatabase, openOwnDatabase } from './own-database.ts';
import { isNull, textOf } from './row.ts';
import type { Session } from './session.ts';

/* What PREPARE TRANSACTION left in a database: it outlives its session and the server, and the database can be neither dropped nor renamed until it is ended. */

export interface PreparedTransaction {
  readonly name: string;
  /** Undefined: dropped meanwhile. */
  readonly owner: string | undefined;
}

export async function preparedIn(
  session: Session,
  database: string,
): Promise<readonly PreparedTransaction[]> {
  const { rows } = await session.query(PREPARED, [database]);
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    owner: isNull(row, 'owner') ? undefined : textOf(row, 'owner'),
  }));
}

/** Everybody may read them. Cost: one look at the slots of prepared transactions. 14–18. */
const PREPARED = `
SELECT p.gid AS name, p.owner::text AS owner FROM pg_catalog.pg_prepared_xacts p WHERE p.database = $1 ORDER BY p.prepared, p.gid`;

/** What ends it, in the database where it was prepared. */
export const rollbackPrepared = (name: string): string => `ROLLBACK PREPARED ${quoteLiteral(name).trim()}`;

/**
 * Rolls back all in a database of a run, which is closed; only a session in that database may do it (manual, ROLLBACK PREPARED). Opens the database for as long as
 * that takes, and only where there is something to do.
 */
export async function endPrepared(
  session: Session,
  { place, database }: { readonly place: ConnectionSettings; readonly database: string },
): Promise<void> {
  const prepared = await preparedIn(session, database);
  if (prepared.length === 0) return;
  await openOwnDatabase(session, database);
  try {
    await using within = await openMaintenance({ ...place, database });
    for (const one of prepared) await rollBack(within, one);
  } finally {
    await closeOwnDatabase(session, database);
  }
}

/** For superusers, and for its owner and nobody else, whatever roles they are in (twophase.c, LockGXact). */
async function rollBack(session: Session, { name, owner }: PreparedTransaction): Promise<void> {
  try {
    await session.query(owner === undefined ? 'RESET ROLE' : `SET ROLE ${quoteIdentifier(owner)}`);
    await session.query(rollbackPrepared(name));
  } catch (error) {
    if (ENDED_BY_ANOTHER.includes(sqlStateOf(error))) return;
    const whose = owner === undefined ? '' : ` of ${owner}`;
    const message = `the prepared transaction ${name}${whose} can not be rolled back: ${messageOf(error)}`;
    throw new Error(message, { cause: error });
  }
}

/** undefined_object: it is gone; object_not_in_prerequisite_state: somebody ends it at this moment. */
const ENDED_BY_ANOTHER: readonly (string | undefined)[] = ['42704', '55000'];
