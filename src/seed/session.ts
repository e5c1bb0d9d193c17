import { availableParallelism } from 'node:os';

import { booleanOf, connect, sqlStateOf, type ConnectionSettings, type Session } from '../target/thread.ts';

export interface SeedTarget {
  readonly connection: ConnectionSettings;
  /** Of a server of our own: what loads faster at the cost of others may be set. */
  readonly ownServer: boolean;
}

const MOST_CONNECTIONS = 4;

export const connectionsOf = ({ connections }: { readonly connections?: number }): number =>
  Math.max(1, connections ?? Math.min(availableParallelism(), MOST_CONNECTIONS));

export async function openSession({ connection, ownServer }: SeedTarget): Promise<Session> {
  return await connect(connection, 'seed', {
    settings: ownServer ? { ...SESSION_SETTINGS, ...OWN_SESSION_SETTINGS } : SESSION_SETTINGS,
  });
}

/** A session that no trigger of the application disturbs either, as far as the role may say so. */
export async function openLoadSession(target: SeedTarget): Promise<Session> {
  const session = await openSession(target);
  try {
    await withoutTriggers(session);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** 14–18; anybody may set them for a session. */
const SESSION_SETTINGS = {
  // The backend notices within a second that nobody listens any more.
  client_connection_check_interval: '1s',
  default_transaction_read_only: 'off',
  // Dead tuples are chosen by their place: scans begin at the first page.
  synchronize_seqscans: 'off',
};

/** A commit is in the kernel's hands when it returns: what a manifest calls finished survives a crash of the server. */
const OWN_SESSION_SETTINGS = {
  synchronous_commit: 'on',
  maintenance_work_mem: '256MB',
};

/** Triggers and rules of the application do not run: the rows are those of the dataset. 14–18. */
const REPLICA_ROLE = `SET session_replication_role = 'replica'`;
/** Only superusers may, and from 15 on whom they let: for others `load-unit.ts` switches the triggers off one by one. */
const NOT_ALLOWED = '42501';

export async function withoutTriggers(session: Session): Promise<void> {
  try {
    await session.query(REPLICA_ROLE);
  } catch (error) {
    if (sqlStateOf(error) !== NOT_ALLOWED) throw error;
  }
}

/** Cost: none. 14–18. */
export async function isSuperuser(session: Session): Promise<boolean> {
  const { rows } = await session.query(`SELECT current_setting('is_superuser') = 'on' AS superuser`);
  return rows[0] !== undefined && booleanOf(rows[0], 'superuser');
}
