import type { Clock } from '../clock.ts';
import { milliseconds, perSecond, since, type Instant, type Milliseconds, type PerSecond } from '../units.ts';

/** What seeding tells while it goes on; at most ten a second, but every beginning of something new. */
export type SeedProgress =
  | { readonly kind: 'schema'; readonly n: number; readonly of: number }
  | LoadingProgress
  /** Keys and indexes; foreign keys last. */
  | { readonly kind: 'indexing'; readonly name: string; readonly n: number; readonly of: number }
  | { readonly kind: 'vacuuming'; readonly table: string; readonly n: number; readonly of: number };

export interface LoadingProgress {
  readonly kind: 'loading';
  readonly table: string;
  /** Of this table, sent so far. */
  readonly rows: number;
  readonly of: number;
  readonly totalRows: number;
  readonly totalOf: number;
  /** Rows, since the loading of the first table began. */
  readonly rate: PerSecond;
  /** Of loading; by bytes, for rows differ in width. Undefined in the first second. */
  readonly remaining: Milliseconds | undefined;
}

const SHORTEST_PAUSE = milliseconds(100);
/** Before that the rate says little. */
const SHORTEST_BASE = milliseconds(1_000);

export interface LoadedTable {
  readonly display: string;
  readonly rows: number;
  readonly bytesPerRow: number;
}

export interface LoadReporter {
  readonly report: (table: LoadedTable, rows: number) => void;
  readonly finish: (table: LoadedTable) => void;
}

/** Counts rows and bytes over all tables and tells about them, but not too often. */
export function loadReporter(
  tables: readonly LoadedTable[],
  clock: Clock,
  onProgress: (progress: SeedProgress) => void,
): LoadReporter {
  const totalOf = tables.reduce((sum, table) => sum + table.rows, 0);
  const totalBytes = tables.reduce((sum, table) => sum + bytesOf(table, table.rows), 0);
  const start = clock.now();
  let lastTold: Instant | undefined;
  let doneRows = 0;
  let doneBytes = 0;
  return {
    report: (table, rows) => {
      const now = clock.now();
      if (rows > 0 && lastTold !== undefined && since(lastTold, now) < SHORTEST_PAUSE) return;
      lastTold = now;
      const elapsed = since(start, now);
      const totalRows = doneRows + rows;
      const share = totalBytes === 0 ? 1 : (doneBytes + bytesOf(table, rows)) / totalBytes;
      onProgress({
        kind: 'loading',
        table: table.display,
        rows,
        of: table.rows,
        totalRows,
        totalOf,
        rate: perSecond(elapsed > 0 ? (totalRows / elapsed) * 1_000 : 0),
        remaining:
          elapsed < SHORTEST_BASE || share === 0 ? undefined : milliseconds((elapsed * (1 - share)) / share),
      });
    },
    finish: (table) => {
      doneRows += table.rows;
      doneBytes += bytesOf(table, table.rows);
    },
  };
}

const bytesOf = (table: LoadedTable, rows: number): number => table.bytesPerRow * rows;
