import { basename, dirname, join } from 'node:path';

import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import {
  datasetSize,
  describeDataset,
  estimatedTime,
  type DatasetSize,
  type LoadingGround,
  type LoadingRate,
} from '../plan/index.ts';
import { datasetKey } from '../run/index.ts';
import {
  freeSpace,
  homeDisk,
  listCache,
  LOAD_SETTINGS,
  roomProblem,
  type CacheItem,
  type DatasetEntry,
} from '../target/index.ts';
import { bytes, formatSize, parseSize } from '../units.ts';

import { loadDataset } from './dataset-file.ts';
import type { DatasetArguments } from './dataset-options.ts';
import { toStdout } from './output.ts';

export async function planDataset(options: DatasetArguments): Promise<void> {
  const dataset = loadDataset(options);
  const size = datasetSize(dataset);
  const ground = await loadingGround(dataset);
  toStdout(
    options.json
      ? `${JSON.stringify(planJson(dataset, size, ground), undefined, 1)}\n`
      : describeDataset(dataset, size, ground),
  );
  const problem = roomProblem(ground.disk.free, [{ for: 'to load the dataset', bytes: size.whileLoading }]);
  if (problem === undefined || ground.cached.length > 0) return;
  throw new Failure('target.unavailable', {
    message: `the disk is too small: ${problem}`,
    where: ground.disk.path,
    hint: 'free some space (rehearse cache prune), use a smaller scale, or set PG_REHEARSE_HOME to a directory on another disk',
  });
}

async function loadingGround(dataset: ResolvedDataset): Promise<LoadingGround> {
  const path = homeDisk();
  // Where there is no home yet, the list is empty.
  const items = await listCache({ datasets: join(path, 'datasets') });
  const entries = items.flatMap((item) => (item.kind === 'dataset' ? [item.entry] : []));
  const buffers = parseSize(LOAD_SETTINGS['shared_buffers'] ?? '0B');
  const work = parseSize(LOAD_SETTINGS['maintenance_work_mem'] ?? '0B');
  return {
    disk: { path, free: await freeSpace(path) },
    memory: {
      loader: LOADER_MEMORY,
      server: bytes(buffers + work * 2),
      reason: `shared_buffers ${formatSize(buffers)}, two index builds of ${formatSize(work)} at a time`,
    },
    rate: loadingRate(entries),
    cached: items.filter(({ key }) => key === datasetKey(dataset)).map((item) => cachedLine(item)),
  };
}

/** What the loader keeps below, whatever the number of rows; 240 MB were measured. */
const LOADER_MEMORY = bytes(250 * 1024 ** 2);
/** Until this machine has loaded something: a little less than the shop's 24 MB/s at scale 0.05 on two busy cores. */
const ASSUMED_RATE = bytes(20 * 1024 ** 2);
/** What every data directory holds, and the time below which a load says little. */
const EMPTY_CLUSTER = 70 * 1024 ** 2;
const TELLING_SECONDS = 5;

/** From the latest load on this machine that was not interrupted. */
function loadingRate(entries: readonly DatasetEntry[]): LoadingRate {
  const [latest] = entries
    .filter(({ facts }) => (facts.loading?.seconds ?? 0) >= TELLING_SECONDS)
    .toSorted((one, other) => (one.created < other.created ? 1 : -1));
  const seconds = latest?.facts.loading?.seconds;
  if (latest === undefined || seconds === undefined) {
    return { perSecond: ASSUMED_RATE, source: 'assumed, for nothing has been loaded here yet' };
  }
  const { dataset, scale } = latest.facts;
  return {
    perSecond: bytes(Math.max(1, latest.size - EMPTY_CLUSTER) / seconds),
    source: `measured here when ${dataset} was loaded at scale ${scale}, ${latest.created.slice(0, 10)}`,
  };
}

function cachedLine(item: CacheItem): string {
  switch (item.kind) {
    case 'dataset':
      return `loaded already for PostgreSQL ${item.entry.server.version}: ${formatSize(item.size)} in ${item.directory}`;
    case 'unfinished':
      return item.inUse
        ? 'is being loaded at the moment'
        : `an interrupted load is there (${formatSize(item.size)}): it will go on from there`;
    case 'unreadable':
      return `there is an entry that can not be used: ${basename(dirname(item.directory))}`;
  }
}

function planJson(dataset: ResolvedDataset, size: DatasetSize, ground: LoadingGround): unknown {
  const { name, file, scale, seed, notes } = dataset;
  return {
    ...{ dataset: name, file, scale, seed, key: datasetKey(dataset) },
    ...size,
    seconds: Math.round(estimatedTime(size, ground.rate) / 1_000),
    ...ground,
    notes,
  };
}
