import { Failure } from '../errors.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { withShieldedSession } from './connect.ts';
import { booleanOf, numberOf, textOf } from './row.ts';

/** What a server tells of itself. */
export interface ServerState {
  /** `server_version`: `13.14 (Debian 13.14-0+deb11u1)`. */
  readonly version: string;
  /** `server_version_num`. */
  readonly versionNumber: number;
  readonly isStandby: boolean;
}

/** `pg_locks.waitstart` came with it. */
const OLDEST = 140_000;

/** Cost: none worth naming. 9.0 and later. */
const STATE = `
SELECT pg_catalog.current_setting('server_version') AS version, pg_catalog.current_setting('server_version_num') AS number,
  pg_catalog.pg_is_in_recovery() AS standby`;

/** Throws `Failure('usage')` for a server on which nothing can be rehearsed. */
export async function requireUsable(connection: ConnectionSettings): Promise<void> {
  const row = await withShieldedSession(
    connection,
    async (session) => (await session.query(STATE)).rows[0] ?? {},
  );
  const problem = problemOf({
    version: textOf(row, 'version'),
    versionNumber: numberOf(row, 'number'),
    isStandby: booleanOf(row, 'standby'),
  });
  if (problem !== undefined) throw new Failure('usage', { where: displayAddress(connection), ...problem });
}

/** Why nothing can be rehearsed on it; undefined: it can. */
export function problemOf({
  version,
  versionNumber,
  isStandby,
}: ServerState): { readonly message: string; readonly hint: string } | undefined {
  if (versionNumber < OLDEST)
    return {
      message: `expected PostgreSQL 14 or later, found ${version}`,
      hint: 'the times of lock waits are not to be had before 14: rehearse on a server of a later version',
    };
  if (isStandby)
    return {
      message: 'expected a server that can be written to, found a standby (pg_is_in_recovery)',
      hint: 'name its primary, or a copy of it that was promoted (pg_promote)',
    };
  return undefined;
}
