import { Failure } from '../errors.ts';
import { describeItem, describeVolume } from '../run/index.ts';
import {
  cacheLimit,
  harnessHome,
  listCache,
  pruneCache,
  type CacheItem,
  type PruneOptions,
} from '../target/index.ts';
import { bytes, formatCount, formatSize, parseDuration, parseSize } from '../units.ts';

import type { ListArguments, PruneArguments } from './cache-command.ts';
import {
  cachedVolumes,
  minutes,
  pruneVolumes,
  volumeCells,
  volumeJson,
  volumeTotal,
} from './cache-volumes.ts';
import { toStdout } from './output.ts';
import { tableOfText } from './text-table.ts';

export async function listDatasets({ json }: ListArguments): Promise<void> {
  const home = await harnessHome();
  const items = await listCache(home);
  const volumes = await cachedVolumes(home);
  if (json) {
    const all = [...items.map(itemJson), ...volumes.map(volumeJson)];
    toStdout(`${JSON.stringify(all, undefined, 1)}\n`);
    return;
  }
  const size = bytes(items.reduce((sum, item) => sum + item.size, 0));
  const limit = formatSize(await cacheLimit(home));
  const total = `${items.length} in ${home.datasets}, ${formatSize(size)} of at most ${limit} (PG_REHEARSE_CACHE_SIZE)\n`;
  const rows = [...items.map(itemCells), ...volumes.map(volumeCells)];
  const table = rows.length === 0 ? '' : tableOfText(HEADINGS, rows, SIDES);
  toStdout(`${table}${total}${volumeTotal(volumes, limit)}`);
}

const HEADINGS = ['dataset', 'scale', 'seed', 'rows', 'size', 'PostgreSQL', 'created', 'last used', 'key'];
const SIDES = ['left', 'right', 'right', 'right', 'right', 'left', 'left', 'left', 'left'] as const;

function itemCells(item: CacheItem): readonly string[] {
  const [size, used, key] = [formatSize(item.size), minutes(item.lastUsed), item.key.slice(0, 12)];
  if (item.kind !== 'dataset') return [stateOf(item), '', '', '', size, '', '', used, key];
  const { facts, server, created } = item.entry;
  return [
    `${facts.dataset}${item.inUse ? ' (in use)' : ''}`,
    String(facts.scale),
    String(facts.seed),
    formatCount(facts.rows),
    size,
    `${server.version}${server.source === 'embedded' ? '' : ' (installed)'}`,
    minutes(created),
    used,
    key,
  ];
}

function stateOf({ kind, inUse }: CacheItem): string {
  if (kind === 'unreadable') return '(can not be used)';
  return inUse ? '(being loaded)' : '(interrupted load)';
}

function itemJson(item: CacheItem): unknown {
  const { kind, key, directory, size, lastUsed, inUse } = item;
  const entry = item.kind === 'dataset' ? item.entry : undefined;
  return {
    ...{ kind, key, directory, size, lastUsed, inUse },
    ...(entry === undefined ? {} : { created: entry.created, server: entry.server, ...entry.facts }),
  };
}

export async function pruneDatasets(options: PruneArguments): Promise<void> {
  const home = await harnessHome();
  const wanted = { ...(await pruneOptions(options, () => cacheLimit(home))), dryRun: options['dry-run'] };
  const { removed, inUse, left } = await pruneCache(home, wanted);
  const volumes = await pruneVolumes(home, wanted);
  if (options.json) {
    const content = {
      removed: [...removed.map(itemJson), ...volumes.removed.map(volumeJson)],
      inUse: [...inUse.map(itemJson), ...volumes.inUse.map(volumeJson)],
      left,
    };
    toStdout(`${JSON.stringify(content, undefined, 1)}\n`);
    return;
  }
  const verb = options['dry-run'] ? 'would remove' : 'removed';
  const lines = [
    ...removed.map((item) => `${verb} ${describeItem(item)}, last used ${minutes(item.lastUsed)}`),
    ...inUse.map((item) => `in use, stays: ${describeItem(item)}`),
    ...volumes.removed.map(
      (one) => `${verb} the volume of ${describeVolume(one)}, last used ${minutes(one.lastUsed)}`,
    ),
    ...volumes.inUse.map((one) => `in use, stays: the volume of ${describeVolume(one)}`),
    `${left.count} ${options['dry-run'] ? 'would stay' : 'left'}, ${formatSize(left.size)}`,
  ];
  toStdout(`${lines.join('\n')}\n`);
}

async function pruneOptions(options: PruneArguments, limit: () => Promise<number>): Promise<PruneOptions> {
  const { all, 'max-size': maxSize, 'older-than': olderThan } = options;
  if (all && (maxSize !== undefined || olderThan !== undefined)) {
    throw new Failure('usage', {
      message: '--all leaves nothing for --max-size or --older-than to choose from',
    });
  }
  if (all) return { all };
  return {
    ...(olderThan === undefined ? {} : { olderThan: parseDuration(olderThan) }),
    ...(maxSize === undefined ? {} : { maxBytes: parseSize(maxSize) }),
    ...(maxSize === undefined && olderThan === undefined ? { maxBytes: bytes(await limit()) } : {}),
  };
}
