import type { ResolvedDataset } from '../dataset/index.ts';
import { bytes, formatCount, formatDuration, formatSize, milliseconds, type Bytes } from '../units.ts';

import type { DatasetSize, TableSize } from './size.ts';

/** What is known about the machine; the plan itself looks at nothing. */
export interface LoadingGround {
  readonly disk: { readonly path: string; readonly free: Bytes };
  /** What the load takes besides: of the loading process and of the server. */
  readonly memory: { readonly loader: Bytes; readonly server: Bytes; readonly reason: string };
  readonly rate: LoadingRate;
  /** Where it has been loaded already. */
  readonly cached: readonly string[];
}

export interface LoadingRate {
  /** Bytes on the disk in a second of loading, everything included. */
  readonly perSecond: Bytes;
  readonly source: string;
}

export const estimatedTime = (size: DatasetSize, { perSecond }: LoadingRate) =>
  milliseconds(((size.heap + size.toast + size.index) / perSecond) * 1_000);

/** What `rehearse dataset plan` prints. */
export function describeDataset(dataset: ResolvedDataset, size: DatasetSize, ground: LoadingGround): string {
  const lines = [
    `${dataset.name}   (${dataset.file}, schema ${dataset.schemaFile})`,
    `  at scale ${dataset.scale}, seed ${dataset.seed}: ${formatCount(size.rows)} rows in ${size.tables.length} tables`,
    '',
    ...tableLines(size),
    '',
    `  disk     ${formatSize(size.onDisk)}, and ${formatSize(size.whileLoading)} while it is loaded; free ${formatSize(ground.disk.free)} in ${ground.disk.path}`,
    `  memory   loader about ${formatSize(ground.memory.loader)}, server about ${formatSize(ground.memory.server)} (${ground.memory.reason})`,
    `  time     about ${formatDuration(estimatedTime(size, ground.rate))} at ${formatSize(ground.rate.perSecond)}/s (${ground.rate.source})`,
    ...ground.cached.map((where) => `  cache    ${where}`),
    ...(dataset.notes.length === 0 ? [] : ['', 'notes', ...dataset.notes.map((note) => `  ${note}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

const HEADINGS = ['table', 'rows', 'heap', 'TOAST', 'indexes', 'how many'];

function tableLines({ tables, rows, heap, toast, index }: DatasetSize): readonly string[] {
  const indexes = tables.reduce((sum, table) => sum + table.indexes, 0);
  const all: TableSize = { table: 'all', rows, heap, toast, index, indexes };
  const cells = [HEADINGS, ...[...tables, all].map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`,
  );
}

const cellsOf = ({ table, rows, heap, toast, index, indexes }: TableSize): string[] => [
  table,
  formatCount(rows),
  formatSize(bytes(heap)),
  toast < 1 ? '–' : formatSize(bytes(toast)),
  formatSize(bytes(index)),
  formatCount(indexes),
];
