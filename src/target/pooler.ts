import { Failure } from '../errors.ts';
import type { ConnectionSettings, Endpoint } from './connection.ts';
import { parseConnectionString, reachDatabase, type ForeignDatabase } from './connection-string.ts';

/** PgBouncer, or the like, in front of the server: only its place; the database, the user and the password are the run's. */
export type Pooler = Pick<ForeignDatabase, 'sslMode'> & {
  readonly connection: Endpoint & Pick<ConnectionSettings, 'tls'>;
};

/**
 * `127.0.0.1:6432`, or what a target is named by: `postgres://127.0.0.1:6432?sslmode=disable`, `host=… port=…`. TLS as with the
 * target, where nothing else is said. Throws `Failure('usage')`.
 */
export function parsePooler(text: string, { connection, sslMode }: ForeignDatabase): Pooler {
  const { user, database } = connection;
  const url = /^[\w.-]+:\d+$/.test(text) ? `postgres://${text}` : text;
  const environment = {
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: connection.password,
    PGSSLMODE: sslMode,
  };
  const pooler = parseConnectionString(url, environment, '--pooler');
  const own = pooler.connection;
  if (own.user !== user || own.database !== database || own.password !== connection.password) {
    throw new Failure('usage', {
      message: '--pooler expects a host and a port only, found a database, a user or a password beside them',
      hint: 'the traffic logs in there as the target says',
    });
  }
  const isAsTarget = pooler.sslMode === sslMode && own.tls?.authority === undefined;
  const { host, address, port } = own;
  const tls = isAsTarget ? connection.tls : own.tls;
  return {
    sslMode: pooler.sslMode,
    connection: {
      host,
      ...(address === undefined ? {} : { address }),
      port,
      ...(tls === undefined ? {} : { tls }),
    },
  };
}

/** The same database through it. Throws `Failure('target.unavailable')` where nobody answers. */
export async function reachThroughPooler(
  { connection: place, sslMode }: Pooler,
  { database, user, password }: ConnectionSettings,
): Promise<ConnectionSettings> {
  return await reachDatabase({ sslMode, connection: { ...place, database, user, password, isPooled: true } });
}
