import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { Failure, messageOf } from '../errors.ts';
import { displayAddress, endpointOf, type ConnectionSettings, type Tls } from './connection.ts';
import { tlsOptions } from './tls.ts';

/**
 * Bytes to the server and back, before anything of the protocol has been said; encrypted where the connection is. Throws
 * `Failure('target.unavailable')`.
 */
export async function openStream(settings: ConnectionSettings): Promise<Socket> {
  const { host, tls } = settings;
  const socket = connectSocket({ ...endpointOf(settings), noDelay: true });
  try {
    await once(socket, 'connect');
    return tls === undefined ? socket : await encrypted(socket, host, tls);
  } catch (error) {
    socket.destroy();
    throw new Failure('target.unavailable', {
      message: `cannot reach the server: ${messageOf(error)}`,
      where: displayAddress(settings),
      cause: error,
    });
  }
}

/** SSLRequest: its length and a number that no protocol version has; the answer is one byte (manual, 55.2.11). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = 0x53; // 'S'

async function encrypted(socket: Socket, host: string, tls: Tls): Promise<Socket> {
  socket.write(SSL_REQUEST);
  const answer = await firstByte(socket);
  if (answer !== YES) throw new Error('the server does not support SSL connections');
  const secure = connectTls({
    socket,
    host,
    ...tlsOptions(host, tls),
  });
  await once(secure, 'secureConnect');
  return secure;
}

/** Reads no byte more: what follows belongs to TLS. */
const firstByte = async (socket: Socket): Promise<number | undefined> => (await readBytes(socket, 1))?.[0];

const LENGTH = 4;

/**
 * The next message of the protocol with its type and length (manual, 55.2), of a socket that nobody else reads; no byte of what follows it. Undefined:
 * there comes none, or it is longer. Throws what the socket does.
 */
export async function readMessage(socket: Socket, longest: number): Promise<Buffer | undefined> {
  const head = await readBytes(socket, 1 + LENGTH);
  const length = head?.readUInt32BE(1) ?? 0;
  if (head === undefined || length < LENGTH || length > longest) return undefined;
  if (length === LENGTH) return head;
  const body = await readBytes(socket, length - LENGTH);
  return body === undefined ? undefined : Buffer.concat([head, body]);
}

async function readBytes(socket: Socket, count: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  for (let missing = count; missing > 0;) {
    // What is there is taken out, for as long as something is there it is readable at once.
    const piece: unknown = socket.read(Math.min(missing, socket.readableLength));
    if (piece instanceof Buffer) {
      pieces.push(piece);
      missing -= piece.length;
    } else if (socket.readableEnded || socket.destroyed) return undefined;
    else await moreOrClosed(socket);
  }
  return Buffer.concat(pieces);
}

async function moreOrClosed(socket: Socket): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(socket, 'readable', { signal }), once(socket, 'close', { signal })]);
  } finally {
    over.abort();
  }
}
