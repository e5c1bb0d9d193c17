import type { Clock } from '../clock.ts';
import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import { sqlStateOf, type Session } from '../target/index.ts';
import { since, type Milliseconds } from '../units.ts';

import { readTableObjects } from './catalog.ts';
import { seedFailure } from './failure.ts';
import { refreshViews, setSequences, vacuum } from './finish.ts';
import { loadTable } from './load.ts';
import { loadReporter, type SeedProgress } from './progress.ts';
import { inBuildOrder, partsToDrop, type Part } from './rebuild.ts';
import { createSchema } from './schema.ts';

export interface SeedOptions {
  /** To the empty database that the dataset shall fill. */
  readonly connect: () => Promise<Session>;
  readonly dataset: ResolvedDataset;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SeedProgress) => void;
}

export interface SeedSummary {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly rows: number;
  readonly took: Milliseconds;
  readonly loading: Milliseconds;
}

/**
 * Creates the schema and loads the dataset; keys and indexes are built after the rows. Throws `Failure('seed.failed')`
 * for what the server refuses, `target.lost` for a broken connection, `interrupted` once the signal is aborted.
 */
export async function seedDataset(options: SeedOptions): Promise<SeedSummary> {
  const { connect, signal } = options;
  signal.throwIfAborted();
  await using session = await connect();
  // The backend notices within a second that nobody listens any more (client_connection_check_interval).
  const cut = (): void => session.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    return await seed(session, options);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Failure('interrupted', { message: 'seeding was interrupted', cause: error });
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function seed(
  session: Session,
  { dataset, clock, signal, onProgress }: SeedOptions,
): Promise<SeedSummary> {
  const start = clock.now();
  const names = dataset.tables.map((table) => table.sqlName);
  await createSchema(session, dataset, onProgress);
  for (const setting of SESSION_SETTINGS) await session.query(setting);
  const objects = await readTableObjects(session, names);
  await session.query(APPLICATION_PATH);
  const parts = await dropParts(session, partsToDrop(objects));
  const loadStart = clock.now();
  const reporter = loadReporter(dataset.tables, clock, onProgress);
  for (const table of dataset.tables) await loadTable(table, { session, signal, reporter });
  const loading = since(loadStart, clock.now());
  await buildParts(session, inBuildOrder(parts), onProgress);
  await setSequences(session, names);
  await refreshViews(session);
  await vacuum(session, dataset.tables, onProgress);
  return {
    tables: dataset.tables.map((table) => ({ table: table.display, rows: table.rows })),
    rows: dataset.tables.reduce((sum, table) => sum + table.rows, 0),
    took: since(start, clock.now()),
    loading,
  };
}

/** After the schema, which may set anything. One session each; 14–18, the second from 14. */
const SESSION_SETTINGS = [
  // Triggers and rules of the application do not run: the rows are those of the dataset.
  `SET session_replication_role = 'replica'`,
  `SET client_connection_check_interval = '1s'`,
  `SET maintenance_work_mem = '256MB'`,
  `SET max_parallel_maintenance_workers = 2`,
  // What a dump's own settings may have left otherwise.
  `SET row_security = off`,
  `SET statement_timeout = 0`,
  `SET lock_timeout = 0`,
  // Definitions that are read now name every object with its schema.
  `SET search_path = pg_catalog`,
];

/** Functions in checks and index expressions may count on the path that applications have. */
const APPLICATION_PATH = 'RESET search_path';

/** 2BP01: something else needs it, such as a view that groups by the primary key; then it stays and loading is slower. */
const STILL_NEEDED = '2BP01';

/** Those that are gone; parts of a partition go, or stay, with their parent's. */
async function dropParts(session: Session, parts: readonly Part[]): Promise<readonly Part[]> {
  const dropped: Part[] = [];
  for (const part of parts) {
    const isGone =
      part.drop === undefined
        ? dropped.some((other) => other.index === part.parentIndex)
        : await drop(session, part, part.drop);
    if (isGone) dropped.push(part);
  }
  return dropped;
}

async function drop(session: Session, part: Part, statement: string): Promise<boolean> {
  try {
    await session.query(statement);
    return true;
  } catch (error) {
    if (sqlStateOf(error) === STILL_NEEDED) return false;
    throw seedFailure(error, { doing: `dropping ${part.name} before loading`, where: `table ${part.table}` });
  }
}

async function buildParts(
  session: Session,
  parts: readonly Part[],
  onProgress: (progress: SeedProgress) => void,
): Promise<void> {
  for (const [index, part] of parts.entries()) {
    onProgress({ kind: 'indexing', name: part.name, n: index + 1, of: parts.length });
    for (const statement of part.rebuild) await build(session, part, statement);
  }
}

async function build(session: Session, part: Part, statement: string): Promise<void> {
  try {
    await session.query(statement);
  } catch (error) {
    throw seedFailure(error, { doing: `building ${part.name}`, where: `table ${part.table}` });
  }
}
