import {
  COPY_HEADER,
  COPY_TRAILER,
  rowEncoder,
  type ElementOids,
  type ResolvedTable,
} from '../dataset/index.ts';

/** Large enough that frames and system calls cost little beside the rows. */
const CHUNK_BYTES = 256 * 1024;

export interface RowSource {
  readonly table: ResolvedTable;
  readonly elementOids: ElementOids;
  readonly signal: AbortSignal;
  /** Called with the number of rows before each chunk is sent. */
  readonly onRows: (rows: number) => void;
}

/** All rows of a table as the data of a binary COPY. A chunk is not touched again once it is given away. */
export async function* copyData({ table, elementOids, signal, onRows }: RowSource): AsyncGenerator<Buffer> {
  const encoder = rowEncoder(table, elementOids);
  const size = Math.max(CHUNK_BYTES, encoder.maxRowBytes * 2);
  yield COPY_HEADER;
  for (let row = 0; row < table.rows;) {
    signal.throwIfAborted();
    // Slow: from no pool, so that each is freed as soon as it is sent.
    const chunk = Buffer.allocUnsafeSlow(size);
    const encoded = encoder.encode(chunk, 0, row, table.rows);
    row = encoded.row;
    onRows(row);
    yield await Promise.resolve(chunk.subarray(0, encoded.end));
  }
  yield COPY_TRAILER;
}
