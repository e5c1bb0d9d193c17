import {
  columnSampler,
  type ResolvedColumn,
  type ResolvedDataset,
  type ResolvedTable,
} from '../dataset/index.ts';
import { bytes, type Bytes } from '../units.ts';

import { plannedIndexes, type PlannedIndex } from './indexes.ts';

/** What a table will take on the disk, from rows that were generated for the purpose; good to some 15 %. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** Dead rows and the space that is left free included. */
  readonly heap: Bytes;
  /** Before compression. */
  readonly toast: Bytes;
  readonly index: Bytes;
  readonly indexes: number;
}

export interface DatasetSize {
  readonly tables: readonly TableSize[];
  readonly rows: number;
  readonly heap: Bytes;
  readonly toast: Bytes;
  readonly index: Bytes;
  /** Of the stopped data directory, with what an empty one holds. */
  readonly onDisk: Bytes;
  /** While it is loaded: the largest index is sorted on the disk first, and some WAL is kept. */
  readonly whileLoading: Bytes;
}

/** System catalogs of three databases, and the first WAL segments. */
const EMPTY_CLUSTER = 70 * 1024 ** 2;
const WAL_AND_LOGS = 80 * 1024 ** 2;

export function datasetSize(dataset: ResolvedDataset): DatasetSize {
  const indexes = plannedIndexes(dataset);
  const sized = dataset.tables.map((table) =>
    tableSize(
      table,
      indexes.filter((index) => index.table === table.display),
    ),
  );
  const tables = sized.map(({ size }) => size);
  const sum = (of: (size: TableSize) => number): number => tables.reduce((all, size) => all + of(size), 0);
  const [heap, toast, index] = [
    sum((size) => size.heap),
    sum((size) => size.toast),
    sum((size) => size.index),
  ];
  const onDisk = heap + toast + index + EMPTY_CLUSTER;
  const sorted = Math.max(0, ...sized.map(({ largestIndex }) => largestIndex));
  return {
    tables,
    rows: sum(({ rows }) => rows),
    heap: bytes(heap),
    toast: bytes(toast),
    index: bytes(index),
    onDisk: bytes(onDisk),
    whileLoading: bytes(onDisk + sorted + WAL_AND_LOGS),
  };
}

interface Sized {
  readonly size: TableSize;
  readonly largestIndex: number;
}

function tableSize(table: ResolvedTable, indexes: readonly PlannedIndex[]): Sized {
  const widths = columnWidths(table);
  const { fillfactor, freeSpace, deadTuples } = table.storage;
  const fill = Math.min((fillfactor ?? 100) / 100, 1 - freeSpace);
  const places = table.rows / (1 - deadTuples);
  const heap = (places * widths.tuple) / fill / USABLE_PAGE;
  const sizes = indexes.map((index) => indexSize(index, table, widths.byColumn) / (1 - deadTuples));
  return {
    size: {
      table: table.display,
      rows: table.rows,
      heap: bytes(Math.round(heap)),
      toast: bytes(Math.round(places * widths.toast)),
      index: bytes(Math.round(sizes.reduce((sum, size) => sum + size, 0))),
      indexes: indexes.length,
    },
    largestIndex: Math.max(0, ...sizes),
  };
}

/** Header of a page, and what is left at its end (manual, 73.6). */
const USABLE_PAGE = 0.985;
/** Header of a tuple with its padding, and its line pointer (manual, 73.6.1). */
const TUPLE_HEADER = 24 + 4;
/** Mean padding for the alignment of the next tuple. */
const PADDING = 3;
/** Above it the widest values move out of line, until the tuple fits (manual, 73.2.1). */
const TOAST_THRESHOLD = 2_032;
const TOAST_POINTER = 18;
/** Chunks of some 2,000 bytes with a header each, and their index. */
const TOAST_OVERHEAD = 1.06;

const SAMPLE = 400;

interface Widths {
  /** With header and line pointer; out of line values as pointers. */
  readonly tuple: number;
  readonly toast: number;
  /** Mean, where the value is not NULL counted as 0. */
  readonly byColumn: ReadonlyMap<string, number>;
}

function columnWidths(table: ResolvedTable): Widths {
  const samplers = table.columns.map((column) => ({ column, sample: columnSampler(column) }));
  const count = Math.min(SAMPLE, table.rows);
  const sums = new Map<string, number>();
  let [tuples, toasted] = [0, 0];
  for (let n = 0; n < count; n++) {
    const row = Math.floor(((n + 0.5) * table.rows) / count);
    const values = samplers.map(({ column, sample }) => widthOf(column, sample(row)));
    for (const [index, { column }] of samplers.entries()) {
      sums.set(column.name, (sums.get(column.name) ?? 0) + (values[index]?.width ?? 0));
    }
    const { inline, out } = toast(values);
    tuples += TUPLE_HEADER + PADDING + inline;
    toasted += out;
  }
  const mean = (sum: number): number => (count === 0 ? 0 : sum / count);
  return {
    tuple: mean(tuples),
    toast: mean(toasted) * TOAST_OVERHEAD,
    byColumn: new Map([...sums].map(([name, sum]) => [name, mean(sum)])),
  };
}

interface Width {
  readonly width: number;
  readonly movable: boolean;
}

/** Bytes of binary values; of the others their text says how long they are. */
const FIXED: Readonly<Record<string, number>> = {
  bool: 1,
  int2: 2,
  int4: 4,
  float4: 4,
  date: 4,
  enum: 4,
  int8: 8,
  float8: 8,
  time: 8,
  timestamp: 8,
  timestamptz: 8,
  interval: 16,
  uuid: 16,
  inet: 7,
  cidr: 7,
};

function widthOf({ type }: ResolvedColumn, text: string | null): Width {
  if (text === null) return { width: 0, movable: false };
  const fixed = FIXED[type.kind];
  if (fixed !== undefined) return { width: fixed, movable: false };
  // Digits in groups of four, sign and weight (numeric.c).
  if (type.kind === 'numeric') return { width: 3 + 2 * Math.ceil(text.length / 4), movable: false };
  const length = Buffer.byteLength(text);
  if (type.kind === 'array') {
    const element = FIXED[type.element.kind];
    const elements = text === '{}' ? 0 : text.split(',').length;
    return {
      width: element === undefined ? 24 + length + 3 * elements : 24 + element * elements,
      movable: true,
    };
  }
  const width = type.kind === 'bytea' ? length / 2 : length;
  return { width: width + (width < 127 ? 1 : 4), movable: true };
}

/** The widest go first. */
function toast(values: readonly Width[]): { readonly inline: number; readonly out: number } {
  let inline = values.reduce((sum, { width }) => sum + width, 0);
  let out = 0;
  const widest = values.filter(({ movable }) => movable).toSorted((one, other) => other.width - one.width);
  for (const { width } of widest) {
    if (inline + TUPLE_HEADER <= TOAST_THRESHOLD || width <= TOAST_POINTER) break;
    inline += TOAST_POINTER - width;
    out += width;
  }
  return { inline, out };
}

/** Line pointer and header of an index tuple, rounded up to 8 with its key (manual, 73.4). */
const INDEX_ENTRY = 4 + 8;
/** Leaf pages are filled to 90 % (manual, CREATE INDEX), inner pages add a little. */
const BTREE_FILL = 0.89;
/** Of a key with many equal entries, which are stored together: one row's place and its share of the key. */
const DEDUPLICATED = 7;
const EXPRESSION = 16;
/** Nobody knows which rows the condition takes. */
const PARTIAL = 0.5;
const BRIN_SHARE = 0.001;

function indexSize(
  { method, columns, unique, partial }: PlannedIndex,
  table: ResolvedTable,
  widths: ReadonlyMap<string, number>,
): number {
  const key = columns.reduce((sum, name) => sum + (widths.get(name ?? '') ?? EXPRESSION), 0);
  const rows = table.rows * (partial ? PARTIAL : 1);
  switch (method) {
    case 'brin':
      return rows * key * BRIN_SHARE;
    case 'gin':
      return rows * key * 0.5;
    case 'hash':
      return rows * 28;
    default: {
      const only = columns.length === 1 ? table.columns.find(({ name }) => name === columns[0]) : undefined;
      const repeats = !unique && only !== undefined && REPEATING.includes(only.generator.kind);
      const entry = repeats ? DEDUPLICATED : INDEX_ENTRY + Math.ceil(key / 8) * 8;
      return (rows * entry) / BTREE_FILL;
    }
  }
}

const REPEATING: readonly string[] = ['reference', 'choice', 'boolean', 'constant', 'distinct-choice'];
