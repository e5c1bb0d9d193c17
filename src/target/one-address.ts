import { once } from 'node:events';
import { connect, isIP } from 'node:net';

import { CONNECT_TIMEOUT, endpointOf, type ConnectionSettings } from './connection.ts';
import type { ForeignDatabase } from './connection-string.ts';
import { openingFailure } from './opening-failure.ts';

/**
 * The same, at that address of its name which answers first: what was looked at on one server is not done on another, whatever the name leads to later. Throws
 * `Failure('target.unavailable')` where none answers.
 */
export async function atOneAddress(foreign: ForeignDatabase): Promise<ForeignDatabase> {
  const { connection } = foreign;
  const { host } = connection;
  const isFixed = connection.address !== undefined || host.startsWith('/') || isIP(host) !== 0;
  if (isFixed) return foreign;
  return { ...foreign, connection: { ...connection, address: await answeringAddress(connection) } };
}

async function answeringAddress(connection: ConnectionSettings): Promise<string> {
  const timeout = connection.connectTimeout ?? CONNECT_TIMEOUT;
  const socket = connect(endpointOf(connection));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeout) });
    return socket.remoteAddress ?? connection.host;
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'AbortError';
    throw openingFailure(isLate ? new Error('timeout expired') : error, 'audit', connection);
  } finally {
    socket.destroy();
  }
}
