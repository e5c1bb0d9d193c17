import { systemClock } from '../clock.ts';
import { numberOf, textOf, type Row, type Session } from '../target/index.ts';
import { milliseconds } from '../units.ts';

import type { StageProgress, WorkReporter } from './progress.ts';
import type { Seeding } from './seeding.ts';
import { isToBuild, isToCheck, type Work } from './work.ts';

/** Tells of pieces of work while they run, and how far the server says that they are. */
export interface StageTeller {
  /** Does the work of one piece on the session. */
  during(
    session: Session,
    piece: { readonly item: string; readonly name: string },
    work: () => Promise<void>,
  ): Promise<void>;
  /** No more looks. */
  stop(): Promise<void>;
}

export interface Telling {
  readonly reporter: WorkReporter;
  /** Looks for all. */
  readonly watcher: Session;
  readonly progress: (name: string, n: number) => StageProgress;
}

const LOOK_EVERY = milliseconds(500);

export function stageTeller({ reporter, watcher, progress }: Telling): StageTeller {
  const running = new Map<number, { readonly item: string; readonly name: string }>();
  let begun = 0;
  let last: { readonly name: string; readonly n: number } | undefined;
  const stop = new AbortController();
  // A watcher that fails has nothing to say; the work itself tells what is wrong.
  const looks = look().catch(() => undefined);

  async function look(): Promise<void> {
    for (;;) {
      // Rejects when nobody wants to look any more.
      await systemClock.sleep(LOOK_EVERY, stop.signal);
      if (running.size === 0) continue;
      const { rows } = await watcher.query(PROGRESS, [[...running.keys()]]);
      for (const row of rows) {
        const piece = running.get(numberOf(row, 'pid'));
        if (piece !== undefined) reporter.reached(piece.item, shareDone(row));
      }
      if (last !== undefined) reporter.tell(progress(last.name, last.n), false);
    }
  }

  return {
    during: async (session, piece, work) => {
      begun++;
      last = { name: piece.name, n: begun };
      running.set(session.pid, piece);
      reporter.tell(progress(piece.name, begun), false);
      await work();
      running.delete(session.pid);
      reporter.reached(piece.item, 1);
    },
    stop: async () => {
      stop.abort();
      await looks;
    },
  };
}

/** Cost: a look at the backends' slots. 14–18. */
const PROGRESS = `
SELECT pid, phase, blocks_done::float8 AS done, blocks_total::float8 AS of, tuples_done::float8 AS tuples, tuples_total::float8 AS tuples_of
FROM pg_stat_progress_create_index WHERE pid = ANY ($1::int[])
UNION ALL
SELECT pid, phase, heap_blks_scanned::float8, heap_blks_total::float8, 0, 0
FROM pg_stat_progress_vacuum WHERE pid = ANY ($1::int[])
UNION ALL
SELECT pid, phase, sample_blks_scanned::float8, sample_blks_total::float8, 0, 0
FROM pg_stat_progress_analyze WHERE pid = ANY ($1::int[])`;

/** An index: the scan and the sort are about half, and writing the sorted entries the rest. */
const SCAN_OF_INDEX = 0.5;

export function shareDone(row: Row): number {
  const phase = textOf(row, 'phase');
  const scanned = ratio(numberOf(row, 'done'), numberOf(row, 'of'));
  const written = ratio(numberOf(row, 'tuples'), numberOf(row, 'tuples_of'));
  if (!phase.startsWith('building index')) return phase === 'initializing' ? 0 : scanned * 0.95;
  if (phase.includes('scanning')) return scanned * SCAN_OF_INDEX;
  return SCAN_OF_INDEX + (1 - SCAN_OF_INDEX) * 0.95 * written;
}

const ratio = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);

/** For indexes and foreign keys. */
export function indexTeller(
  { reporter }: Seeding,
  { watcher, work: { parts } }: { readonly watcher: Session; readonly work: Work },
): StageTeller {
  const of = parts.filter(isToBuild).length + parts.filter(isToCheck).length;
  return stageTeller({
    reporter,
    watcher,
    progress: (name, n) => ({ kind: 'indexing', name, n, of }),
  });
}
