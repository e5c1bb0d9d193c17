import { quoteIdentifier } from '../postgres/index.ts';

import { binaryWriter } from './binary-form.ts';
import type { ResolvedColumn, ResolvedTable } from './model.ts';
import { columnCell } from './sampler.ts';

/** Before the first row of `COPY … (FORMAT binary)`: signature, flags, no extension (manual, COPY, "File Formats"). */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** After the last row. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** The columns of the tuples, quoted, as COPY names them. */
export function columnList(table: ResolvedTable): string {
  return table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
}

export interface EncodedRows {
  /** The first row that is not in the buffer. */
  readonly row: number;
  /** Where the buffer's content ends. */
  readonly end: number;
}

export interface RowEncoder {
  /** No row is longer. */
  readonly maxRowBytes: number;
  /** Writes rows from `from` up to, not including, `to`, or as many as the buffer surely has room for, from `at` on. */
  readonly encode: (buffer: Buffer, at: number, from: number, to: number) => EncodedRows;
}

/** OIDs of array elements that only the server knows, by column. */
export type ElementOids = ReadonlyMap<string, number>;

/** Rows of a table as binary COPY tuples. Each row is a function of its number alone, so ranges may be encoded anywhere. */
export function rowEncoder(table: ResolvedTable, elementOids: ElementOids = new Map()): RowEncoder {
  const cells = table.columns.map((column) => sizedWriter(column, elementOids.get(column.name)));
  const writers = cells.map((cell) => cell.write);
  const maxRowBytes = cells.reduce((sum, cell) => sum + 4 + cell.maxBytes, 2);
  return {
    maxRowBytes,
    encode: (buffer, at, from, to) => {
      const last = buffer.length - maxRowBytes;
      let end = at;
      let row = from;
      while (row < to && end <= last) {
        end = buffer.writeInt16BE(writers.length, end);
        for (const write of writers) end = write(buffer, end, row);
        row++;
      }
      return { row, end };
    },
  };
}

type SizedWriter = (buffer: Buffer, at: number, row: number) => number;

/** Writes the length word and the value. */
function sizedWriter(
  column: ResolvedColumn,
  elementOid: number | undefined,
): { readonly write: SizedWriter; readonly maxBytes: number } {
  const { value, maxBytes, write } = columnCell(column);
  if (write !== undefined) return { write, maxBytes };
  const body = binaryWriter(column.type, elementOid);
  return {
    maxBytes,
    write: (buffer, at, row) => {
      const drawn = value(row);
      if (drawn === null) return buffer.writeInt32BE(-1, at);
      const end = body(drawn, buffer, at + 4);
      buffer.writeInt32BE(end - at - 4, at);
      return end;
    },
  };
}
