import { setImmediate as turn } from 'node:timers/promises';

import { COPY_HEADER, COPY_TRAILER, type RowEncoder } from '../dataset/thread.ts';

/** Large enough that frames and system calls cost little beside the rows, small enough for a core's cache. */
const CHUNK_BYTES = 256 * 1024;

export interface RowSource {
  readonly encoder: RowEncoder;
  /** Rows [from, to). */
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
  /** Called with the number of rows so far, before each chunk is sent. */
  readonly onRows: (rows: number) => void;
}

/**
 * Rows of a table as the data of a binary COPY. Two buffers take turns: one is filled while the other is sent, and no
 * chunk is touched before the next but one is asked for.
 */
export async function* copyData({ encoder, from, to, signal, onRows }: RowSource): AsyncGenerator<Buffer> {
  const size = Math.max(CHUNK_BYTES, encoder.maxRowBytes * 2);
  let filling = Buffer.allocUnsafeSlow(size);
  let sending = Buffer.allocUnsafeSlow(size);
  yield COPY_HEADER;
  for (let row = from; row < to;) {
    // Else neither an abort nor an error of the server is heard while the socket takes all that it is given.
    await turn();
    signal.throwIfAborted();
    const encoded = encoder.encode(filling, 0, row, to);
    row = encoded.row;
    onRows(row - from);
    yield filling.subarray(0, encoded.end);
    [filling, sending] = [sending, filling];
  }
  yield COPY_TRAILER;
}
