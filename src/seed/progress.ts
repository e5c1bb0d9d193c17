import type { Clock } from '../clock.ts';
import { milliseconds, perSecond, since, type Instant, type Milliseconds, type PerSecond } from '../units.ts';

/** What seeding tells while it goes on; at most ten a second, but every beginning of something new. */
export type SeedProgress = WholeLoad &
  (SchemaProgress | LoadingProgress | IndexingProgress | VacuumingProgress);

/** The same in all kinds: one bar over schema, rows, indexes, checks and vacuums. */
export interface WholeLoad {
  /** Of all work, 0 to 1, by estimated bytes; never falls. */
  readonly share: number;
  /** Until the whole dataset stands; undefined in the first second. */
  readonly remaining: Milliseconds | undefined;
}

export interface SchemaProgress {
  readonly kind: 'schema';
  readonly n: number;
  readonly of: number;
}

export interface LoadingProgress {
  readonly kind: 'loading';
  /** The one that was heard of last: several are loaded at a time. */
  readonly table: string;
  /** Of this table, sent so far. */
  readonly rows: number;
  readonly of: number;
  readonly totalRows: number;
  readonly totalOf: number;
  /** Rows, since the loading of the first table began. */
  readonly rate: PerSecond;
}

/** Keys, indexes and, last, the checks of foreign keys. */
export interface IndexingProgress {
  readonly kind: 'indexing';
  readonly name: string;
  readonly n: number;
  readonly of: number;
}

/** Vacuum and statistics. */
export interface VacuumingProgress {
  readonly kind: 'vacuuming';
  readonly table: string;
  readonly n: number;
  readonly of: number;
}

/** What a stage tells; the bar over everything is added. */
export type StageProgress = SchemaProgress | LoadingProgress | IndexingProgress | VacuumingProgress;

/** One piece of work: a unit of rows, an index, a check, a vacuum. */
export interface WorkItem {
  readonly name: string;
  /** Any unit, the same for all. */
  readonly cost: number;
}

const SHORTEST_PAUSE = milliseconds(100);
/** Before that the rate says little. */
const SHORTEST_BASE = milliseconds(1_000);

export interface WorkReporter {
  /** What there is to do from here on. */
  readonly plan: (items: readonly WorkItem[]) => void;
  /** How much of an item is done, 0 to 1. */
  readonly reached: (name: string, share: number) => void;
  /** `isNew`: told at once, however recent the last one; so is a new kind. */
  readonly tell: (progress: StageProgress, isNew: boolean) => void;
}

/** Adds up what is done over all work and tells about it, but not too often. */
export function workReporter(clock: Clock, onProgress: (progress: SeedProgress) => void): WorkReporter {
  const start = clock.now();
  const costs = new Map<string, number>();
  const reached = new Map<string, number>();
  let total = 0;
  let done = 0;
  let highest = 0;
  let lastTold: Instant | undefined;
  let lastKind: StageProgress['kind'] | undefined;

  const whole = (now: Instant): WholeLoad => {
    highest = Math.max(highest, total === 0 ? 0 : done / total);
    const elapsed = since(start, now);
    const isEarly = elapsed < SHORTEST_BASE || highest === 0;
    return {
      share: highest,
      remaining: isEarly ? undefined : milliseconds((elapsed * (1 - highest)) / highest),
    };
  };
  return {
    plan: (items) => {
      for (const { name, cost } of items) {
        costs.set(name, cost);
        total += cost;
      }
    },
    reached: (name, share) => {
      const before = reached.get(name) ?? 0;
      if (share <= before) return;
      reached.set(name, share);
      done += (costs.get(name) ?? 0) * (share - before);
    },
    tell: (progress, isNew) => {
      const now = clock.now();
      const isBeginning = isNew || progress.kind !== lastKind;
      if (!isBeginning && lastTold !== undefined && since(lastTold, now) < SHORTEST_PAUSE) return;
      lastTold = now;
      lastKind = progress.kind;
      onProgress({ ...progress, ...whole(now) });
    },
  };
}

/** Rows over all tables, several of which grow at a time. */
export interface RowCounter {
  readonly start: (table: string) => void;
  /** Rows of the unit that have been sent. */
  readonly sent: (unit: CountedUnit, rows: number) => void;
}

export interface CountedUnit {
  readonly name: string;
  readonly table: string;
  readonly rows: number;
}

/** Counts what is to be loaded: after an interruption only what is left. */
export function rowCounter(units: readonly CountedUnit[], clock: Clock, reporter: WorkReporter): RowCounter {
  const of = new Map<string, number>();
  for (const { table, rows } of units) of.set(table, (of.get(table) ?? 0) + rows);
  const totalOf = units.reduce((sum, { rows }) => sum + rows, 0);
  const perUnit = new Map<string, number>();
  const perTable = new Map<string, number>();
  const start = clock.now();
  let totalRows = 0;

  const tell = (table: string, isNew: boolean): void => {
    const elapsed = since(start, clock.now());
    const rows = perTable.get(table) ?? 0;
    const rate = perSecond(elapsed > 0 ? (totalRows / elapsed) * 1_000 : 0);
    reporter.tell({ kind: 'loading', table, rows, of: of.get(table) ?? 0, totalRows, totalOf, rate }, isNew);
  };
  return {
    start: (table) => tell(table, true),
    sent: (unit, rows) => {
      const more = rows - (perUnit.get(unit.name) ?? 0);
      perUnit.set(unit.name, rows);
      perTable.set(unit.table, (perTable.get(unit.table) ?? 0) + more);
      totalRows += more;
      reporter.reached(unit.name, unit.rows === 0 ? 1 : rows / unit.rows);
      tell(unit.table, false);
    },
  };
}
