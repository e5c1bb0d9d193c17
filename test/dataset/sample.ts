import {
  columnSampler,
  parseDataset,
  resolveDataset,
  rowEncoder,
  type Dataset,
  type ResolvedColumn,
  type ResolvedDataset,
  type ResolvedTable,
} from '#rooms/dataset/index.js';
import { formatIssue } from '#rooms/errors.js';

export const SCHEMA_FILE = 'shop.sql';

/** A dataset file and a schema, both given as text; `schema:` is added. */
export interface Files {
  readonly sql: string;
  readonly yaml?: string;
}

export function parse({ sql, yaml = '' }: Files): ReturnType<typeof parseDataset> {
  const source = { file: 'shop.yaml', text: `schema: ./shop.sql\n${yaml}` };
  return parseDataset(source, (reference) =>
    reference === './shop.sql' ? { file: SCHEMA_FILE, text: sql } : undefined,
  );
}

export function dataset(files: Files): Dataset {
  const parsed = parse(files);
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  return parsed.value;
}

export function resolved(files: Files, scale = 1, seed?: number): ResolvedDataset {
  return resolveDataset(dataset(files), { scale, seed });
}

/** As the reader sees them. */
export function issues(files: Files): readonly string[] {
  const parsed = parse(files);
  return parsed.ok ? [] : parsed.issues.map(formatIssue);
}

export function tableOf(source: ResolvedDataset, name: string): ResolvedTable {
  const found = source.tables.find((table) => table.display === name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
}

export function columnOf(source: ResolvedDataset, table: string, name: string): ResolvedColumn {
  const found = tableOf(source, table).columns.find((column) => column.name === name);
  if (found === undefined) throw new Error(`no column ${table}.${name}`);
  return found;
}

/** All values of a column in the order of its rows. */
export function valuesOf(source: ResolvedDataset, table: string, name: string): readonly (string | null)[] {
  const column = columnOf(source, table, name);
  const value = columnSampler(column);
  return Array.from({ length: column.rows }, (_, row) => value(row));
}

/** The binary tuples of all rows, encoded in ranges of at most `step` rows into buffers of `bytes`. */
export function encoded(table: ResolvedTable, step = Infinity, bytes = 1 << 16): Buffer {
  const encoder = rowEncoder(table);
  const buffer = Buffer.alloc(Math.max(bytes, encoder.maxRowBytes));
  const pieces: Buffer[] = [];
  for (let row = 0; row < table.rows;) {
    const part = encoder.encode(buffer, 0, row, Math.min(table.rows, row + step));
    pieces.push(Buffer.from(buffer.subarray(0, part.end)));
    row = part.row;
  }
  return Buffer.concat(pieces);
}
