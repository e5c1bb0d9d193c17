import { createHash } from 'node:crypto';

import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { datasetSize, type ResolvedDataset } from '../plan/index.ts';
import { seedDataset, type SeedSummary } from '../seed/index.ts';
import {
  cacheLimit,
  copiesByReference,
  datasetCache,
  diskFailure,
  LOAD_SETTINGS,
  pruneCache,
  requireRoom,
  withSession,
  type CacheItem,
  type DatasetEntry,
  type Home,
  type SeedingPlace,
  type Server,
  type ServerBuild,
} from '../target/index.ts';
import { bytes, formatCount, formatSize, milliseconds } from '../units.ts';

import type { RunEvent } from './events.ts';
import type { Stop } from './stop.ts';

/** The database that holds the dataset, in each of our servers. */
export const DATABASE = 'rehearsal';

export interface Surroundings {
  readonly clock: Clock;
  readonly stop: Stop;
  readonly onEvent: (event: RunEvent) => void;
}

export interface Wanted {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly dataset: ResolvedDataset;
  readonly connections?: number | undefined;
  /** A copy is to be made of it: the disk must have room for both. */
  readonly copied: boolean;
}

export type CachedDataset =
  | { readonly kind: 'found'; readonly entry: DatasetEntry }
  | { readonly kind: 'loaded'; readonly entry: DatasetEntry; readonly summary: SeedSummary };

export const datasetKey = ({ fingerprint }: ResolvedDataset): string =>
  createHash('sha256').update(fingerprint).digest('hex');

/**
 * The dataset in the cache, loaded now where it is not there; what an interrupted load had finished is not loaded again.
 * Where another rehearsal loads it at the moment, waits for that one.
 */
export async function cachedDataset(wanted: Wanted, surroundings: Surroundings): Promise<CachedDataset> {
  const { home, build, dataset } = wanted;
  const { stop, onEvent } = surroundings;
  const obtained = await datasetCache(home, build).obtain(datasetKey(dataset), {
    signal: stop.signal,
    onWait: ({ pid }) =>
      onEvent({
        kind: 'stage',
        stage: 'seeding',
        note: `another rehearsal (pid ${pid}) is loading this dataset; waiting for it`,
      }),
  });
  if (obtained.kind === 'entry') return { kind: 'found', entry: obtained.entry };
  await using place = obtained.place;
  const summary = await loadOrDiscard(place, wanted, surroundings);
  onEvent({
    kind: 'stage',
    stage: 'seeding',
    note: 'bringing it to the disk, for this run and the next ones',
  });
  const entry = await place.publish({
    dataset: dataset.name,
    scale: dataset.scale,
    seed: dataset.seed,
    rows: summary.rows,
    ...(place.resumed ? {} : { loading: { seconds: summary.took / 1_000 } }),
    card: summary.card,
  });
  await keepToLimit(home, entry, onEvent);
  return { kind: 'loaded', entry, summary };
}

/** What can not be loaded will not be loaded the next time either; it goes, also from a full disk. */
async function loadOrDiscard(
  place: SeedingPlace,
  wanted: Wanted,
  surroundings: Surroundings,
): Promise<SeedSummary> {
  const rows = wanted.dataset.tables.reduce((sum, table) => sum + table.rows, 0);
  const continued = place.resumed ? ', going on where an interrupted load ended' : '';
  surroundings.onEvent({ kind: 'stage', stage: 'seeding', note: `${formatCount(rows)} rows${continued}` });
  try {
    await requireRoomFor(place, wanted);
    return await load(place, wanted, surroundings);
  } catch (error) {
    const reason = await withLog(diskFailure(error, place.instance.directory), place);
    if (!isInterruption(reason)) await place.discard();
    throw reason;
  }
}

/** Somebody or something ended it in the middle: the next one goes on from there. */
export const isInterruption = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'interrupted' || error.code === 'target.lost');

/** A server that can not write its log of changes does not live to tell. */
async function withLog(error: unknown, { instance }: SeedingPlace): Promise<unknown> {
  if (!(error instanceof Failure) || error.code !== 'target.lost') return error;
  const log = await instance.logTail();
  if (!/No space left on device/.test(log)) return error;
  return new Failure('seed.failed', {
    message: `the disk is full, and the server ended with it: ${error.message}\n${log}`,
    where: instance.directory,
    hint: 'free some space, use a smaller scale, or set PG_REHEARSE_HOME to a directory on another disk',
    cause: error,
  });
}

/** The estimate is good to some 15 %: what is only just too much is tried. */
const CERTAIN = 0.85;

async function requireRoomFor(
  { instance, resumed }: SeedingPlace,
  { dataset, copied }: Wanted,
): Promise<void> {
  // How much of an interrupted load is there already, nobody has counted; it had room before.
  if (resumed) return;
  const size = datasetSize(dataset);
  const copy = copied && !(await copiesByReference(instance.directory));
  await requireRoom(instance.directory, [
    { for: 'to load the dataset', bytes: bytes(size.whileLoading * CERTAIN) },
    ...(copy ? [{ for: 'for the copy that the run works on', bytes: bytes(size.onDisk * CERTAIN) }] : []),
  ]);
}

/** One line, as `pg_database` wants it quoted: the name is ours. Cost: a copy of the empty template. 14–18. */
const CREATE_DATABASE = `CREATE DATABASE ${DATABASE}`;
const DATABASE_EXISTS = 'SELECT FROM pg_database WHERE datname = $1';

async function load(
  { instance, resumed }: SeedingPlace,
  { dataset, connections }: Wanted,
  { clock, stop, onEvent }: Surroundings,
): Promise<SeedSummary> {
  const server = await instance.start(LOAD_SETTINGS, stop.signal);
  await withSession(server.connection, 'seed', async (session) => {
    if ((await session.query(DATABASE_EXISTS, [DATABASE])).rowCount === 0)
      await session.query(CREATE_DATABASE);
  });
  const seeding = stop.race(
    seedDataset({
      connection: { ...server.connection, database: DATABASE },
      dataset,
      clock,
      signal: stop.signal,
      onProgress: (progress) => onEvent({ kind: 'seed', progress }),
      ...(connections === undefined ? {} : { connections }),
      ownServer: true,
      resume: resumed,
    }),
  );
  const summary = await seeding.catch(async (error: unknown) => {
    throw await deathOr(error, server, clock);
  });
  await instance.stop();
  return summary;
}

/** The news that the server has ended may be a moment later than its lost connections. */
const DEATH_NOTICE = milliseconds(300);

/** A server that died is the reason, whatever its sessions made of it. */
export async function deathOr(
  error: unknown,
  server: Pick<Server, 'exited'>,
  clock: Clock,
): Promise<unknown> {
  if (error instanceof Failure && error.code === 'interrupted') return error;
  const exit = await Promise.race([server.exited, clock.sleep(DEATH_NOTICE)]);
  if (exit?.kind !== 'died') return error;
  return new Failure('target.lost', {
    message: `the server died while the dataset was loaded: ${exit.how}`,
    hint: 'what was finished is kept: the next load goes on from there',
    cause: error,
  });
}

/** After each publication, so that the cache never grows by itself beyond its limit. */
async function keepToLimit(home: Home, entry: DatasetEntry, onEvent: Surroundings['onEvent']): Promise<void> {
  const limit = await cacheLimit(home);
  const { removed } = await pruneCache(home, { maxBytes: limit, keep: [entry.directory] });
  if (removed.length === 0) return;
  onEvent({
    kind: 'stage',
    stage: 'seeding',
    note: `removed from the cache to keep it within ${formatSize(limit)}: ${removed.map(describeItem).join(', ')}`,
  });
}

export const describeItem = (item: CacheItem): string =>
  `${item.kind === 'dataset' ? `${item.entry.facts.dataset} at scale ${item.entry.facts.scale}` : `${item.kind} ${item.key.slice(0, 12)}`} (${formatSize(item.size)})`;
