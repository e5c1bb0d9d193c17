import { Failure } from '../errors.ts';

import { shareOut, untilGone } from './crew.ts';
import { inlineLoader, threadLoaders, type Loader } from './loaders.ts';
import { rowCounter } from './progress.ts';
import type { Seeding } from './seeding.ts';
import { connectionsOf } from './session.ts';
import type { Work } from './work.ts';

/** Threads pay from here on: each takes some tenths of a second to start. */
const BYTES_FOR_THREADS = 96 * 1024 ** 2;

/** Loads what is not loaded, several units at a time. Rows by the name of the unit, as the server counted them. */
export async function loadRows(seeding: Seeding, work: Work): Promise<ReadonlyMap<string, number>> {
  const { crew, session, options, reporter } = seeding;
  const { dataset, clock } = options;
  const loaded = new Map<string, number>();
  if (work.units.length === 0) return loaded;
  const tables = new Map(dataset.tables.map((table) => [table.display, table]));
  const counter = rowCounter(work.units, clock, reporter);
  const loaders = await openLoaders(seeding, work);
  await shareOut(crew, { workers: loaders, tasks: work.units }, async (loader, unit) => {
    const table = tables.get(unit.table);
    if (table === undefined) throw new Failure('bug', { message: `no table ${unit.table}` });
    counter.start(unit.table);
    const rows = await loader.load(unit, table, (sent) => counter.sent(unit, sent));
    counter.sent(unit, unit.rows);
    loaded.set(unit.name, rows);
  });
  await Promise.all(loaders.map((loader) => loader.close()));
  await untilGone(
    session,
    loaders.map(({ pid }) => pid),
  );
  return loaded;
}

/**
 * In this thread where one connection will do; who names a number of connections gets it. A thread costs 30 MB of memory and makes
 * half a million rows a second: from the third connection on two share one, so that four stay under 250 MB.
 */
async function openLoaders({ crew, options }: Seeding, { units }: Work): Promise<readonly Loader[]> {
  const bytes = units.reduce((sum, unit) => sum + unit.bytes, 0);
  const isSmall = options.connections === undefined && bytes < BYTES_FOR_THREADS;
  const count = isSmall ? 1 : Math.min(connectionsOf(options), units.length);
  if (count === 1) return [await inlineLoader(crew, options)];
  const threads = await Promise.all(
    loadersPerThread(count).map((loaders) => threadLoaders(crew, options, loaders)),
  );
  return threads.flat();
}

const FEWEST_THREADS = 2;

/** How many connections each thread has. */
export function loadersPerThread(connections: number): readonly number[] {
  const threads = Math.min(connections, Math.max(FEWEST_THREADS, Math.ceil(connections / 2)));
  return Array.from({ length: threads }, (_, thread) => Math.floor((connections + thread) / threads));
}
