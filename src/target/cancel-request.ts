import { once } from 'node:events';
import { connect } from 'node:net';

import { milliseconds } from '../units.ts';
import { endpointOf, type ConnectionSettings } from './connection.ts';

/** From the BackendKeyData of a session. */
export interface CancelKey {
  readonly pid: number;
  readonly secret: number;
}

/**
 * Has what the session runs cancelled by whoever gave it the key: the only way behind a pooler, which alone knows the backend. Without TLS, as
 * libpq does: there is no secret in it but the key, which dies with the session. Resolves when it was taken in; never rejects.
 */
export async function requestCancel(settings: ConnectionSettings, key: CancelKey): Promise<void> {
  const socket = connect(endpointOf(settings));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(PATIENCE, () => socket.destroy());
  // The other side closes it when it has done so (manual, 55.2.8).
  const closed = once(socket, 'close');
  socket.resume().write(cancelMessage(key));
  await closed;
}

const PATIENCE = milliseconds(2_000);

const CANCEL_CODE = 80_877_102;

/** Manual, 55.7, CancelRequest: a length, a code, and the key. */
function cancelMessage({ pid, secret }: CancelKey): Buffer {
  const message = Buffer.alloc(16);
  for (const [place, value] of [message.length, CANCEL_CODE, pid, secret].entries())
    message.writeInt32BE(value, place * 4);
  return message;
}
