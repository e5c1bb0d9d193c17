import { quoteIdentifier } from '../postgres/thread.ts';

import { cellWriter } from './cell-writer.ts';
import type { ResolvedTable } from './model.ts';
import { Page, setInt16, SLACK } from './page.ts';
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
  const columns = table.columns.map((column) => {
    const cell = columnCell(column);
    return { maxBytes: cell.maxBytes, write: cellWriter(column.type, cell, elementOids.get(column.name)) };
  });
  const writers = columns.map(({ write }) => write);
  const maxRowBytes = columns.reduce((sum, { maxBytes }) => sum + 4 + maxBytes, 2 + SLACK);
  let page = new Page(Buffer.alloc(0));
  return {
    maxRowBytes,
    encode: (buffer, at, from, to) => {
      if (page.bytes !== buffer) page = new Page(buffer);
      const last = buffer.length - maxRowBytes;
      let end = at;
      let row = from;
      while (row < to && end <= last) {
        end = setInt16(page, end, writers.length);
        for (const write of writers) end = write(page, end, row);
        row++;
      }
      return { row, end };
    },
  };
}
