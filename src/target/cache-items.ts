import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { Failure, messageOf } from '../errors.ts';
import { bytes, milliseconds, parseSize, type Bytes, type Milliseconds } from '../units.ts';
import { diskSize, sizeOfTree } from './disk.ts';
import { dataOf, findEntry, isBeingRead, whileUnread, type DatasetEntry } from './entry.ts';
import type { Home } from './home.ts';
import { serverProcessesOf } from './process-table.ts';
import { ownerOf, takePlace } from './seeding-owner.ts';
import { entryNameOf, removeByRename } from './seeding-place.ts';
import { stopServerOf } from './stop-server.ts';

/** What takes room in the cache, of any server build. */
export type CacheItem =
  | (CacheDirectory & { readonly kind: 'dataset'; readonly entry: DatasetEntry })
  /** Interrupted while it was loaded, or being loaded. */
  | (CacheDirectory & { readonly kind: 'unfinished' })
  /** Of an earlier release, or harmed: of no use. */
  | (CacheDirectory & { readonly kind: 'unreadable' });

interface CacheDirectory {
  readonly key: string;
  readonly directory: string;
  readonly size: Bytes;
  readonly lastUsed: string;
  /** Being copied or loaded right now: not to be removed. */
  readonly inUse: boolean;
}

/** Least recently used first. */
export async function listCache(home: Pick<Home, 'datasets'>): Promise<readonly CacheItem[]> {
  const names = existsSync(home.datasets) ? await readdir(home.datasets) : [];
  const items = await Promise.all(names.map((name) => itemAt(home.datasets, name)));
  return items
    .filter((item) => item !== undefined)
    .toSorted((one, other) => (one.lastUsed < other.lastUsed ? -1 : 1));
}

async function itemAt(folder: string, name: string): Promise<CacheItem | undefined> {
  const directory = join(folder, name);
  const status = await stat(directory).catch(() => undefined);
  if (status?.isDirectory() !== true) return undefined;
  const [, key] = /^([\w-]+)\.[\w-]+$/.exec(entryNameOf(name) ?? name) ?? [];
  // A grave, which the sweep removes.
  if (key === undefined) return undefined;
  const entry = await findEntry(key, directory);
  if (entry !== undefined && entryNameOf(name) === undefined) {
    const { size, lastUsed } = entry;
    return { kind: 'dataset', key, directory, size, lastUsed, inUse: await isBeingRead(directory), entry };
  }
  const size = await sizeOfTree(directory);
  const lastUsed = status.mtime.toISOString();
  if (entryNameOf(name) === undefined) {
    return { kind: 'unreadable', key, directory, size, lastUsed, inUse: false };
  }
  return {
    kind: 'unfinished',
    key,
    directory,
    size,
    lastUsed,
    inUse: (await ownerOf(directory)) !== undefined,
  };
}

export interface PruneOptions {
  /** The rest may take this much. */
  readonly maxBytes?: Bytes;
  /** Not used for so long. */
  readonly olderThan?: Milliseconds;
  readonly all?: boolean;
  /** Directories that stay, whatever they take. */
  readonly keep?: readonly string[];
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly removed: readonly CacheItem[];
  /** Would have gone, but somebody copies or loads them. */
  readonly inUse: readonly CacheItem[];
  readonly left: { readonly count: number; readonly size: Bytes };
}

/** Least recently used first. What is being copied or loaded stays. */
export async function pruneCache(home: Home, options: PruneOptions): Promise<Pruned> {
  const items = await listCache(home);
  const outcome = { removed: [] as CacheItem[], inUse: [] as CacheItem[] };
  for (const item of itemsToRemove(items, options, systemClock.wallTime())) {
    const isGone = !item.inUse && (options.dryRun === true || (await removeItem(item)));
    outcome[isGone ? 'removed' : 'inUse'].push(item);
  }
  const left = items.filter((item) => !outcome.removed.includes(item));
  return { ...outcome, left: { count: left.length, size: sizeOf(left) } };
}

/** What the order and the limits of the cache are about. */
type Kept = Pick<CacheItem, 'directory' | 'size' | 'lastUsed' | 'inUse'>;

/** `items`: least recently used first. */
export function itemsToRemove<Item extends Kept>(
  items: readonly Item[],
  { maxBytes, olderThan, all, keep = [] }: PruneOptions,
  now: number,
): readonly Item[] {
  let left = sizeOf(items);
  return items.filter((item) => {
    if (keep.includes(item.directory)) return false;
    const isOld = olderThan !== undefined && now - Date.parse(item.lastUsed) > olderThan;
    const isTooMuch = maxBytes !== undefined && left > maxBytes;
    const goes = all === true || isOld || isTooMuch;
    if (goes && !item.inUse) left = bytes(left - item.size);
    return goes;
  });
}

const sizeOf = (items: readonly Kept[]): Bytes => bytes(items.reduce((sum, { size }) => sum + size, 0));

/** False: somebody uses it, or has removed it already. Throws `Failure('target.unavailable')`. */
async function removeItem({ kind, directory }: CacheItem): Promise<boolean> {
  try {
    switch (kind) {
      case 'dataset':
        return await whileUnread(directory, () => removeByRename(directory));
      case 'unreadable':
        await removeByRename(directory);
        return true;
      case 'unfinished':
        return await removeUnfinished(directory);
    }
  } catch (error) {
    throw new Failure('target.unavailable', {
      message: `cannot remove a dataset from the cache: ${messageOf(error)}`,
      where: directory,
      cause: error,
    });
  }
}

/** A place that is nobody's any more; its server is stopped where its keeper could not. */
export async function removeUnfinished(directory: string): Promise<boolean> {
  const taking = await takePlace(directory);
  if (taking.kind !== 'taken') return false;
  await stopServerOf(dataOf(directory), 'discard');
  await removeByRename(directory);
  return true;
}

const LIMIT_VARIABLE = 'PG_REHEARSE_CACHE_SIZE';
const DEFAULT_LIMIT = bytes(50 * 1024 ** 3);

/** PG_REHEARSE_CACHE_SIZE, else 50 GB, but no more than half the disk. Throws `Failure('usage')`. */
export async function cacheLimit(
  home: Pick<Home, 'datasets'>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Bytes> {
  const chosen = environment[LIMIT_VARIABLE] ?? '';
  if (chosen === '') return bytes(Math.min(DEFAULT_LIMIT, (await diskSize(home.datasets)) / 2));
  try {
    return parseSize(chosen);
  } catch (error) {
    throw new Failure('usage', { message: messageOf(error), where: LIMIT_VARIABLE, cause: error });
  }
}

/** Nobody came back for it. */
const UNFINISHED_AGE = milliseconds(7 * 86_400_000);

/** For the sweep: stops servers whose keeper could not, and removes what was left alone for a week. */
export async function sweepUnfinished(home: Home): Promise<void> {
  for (const name of await readdir(home.datasets)) {
    if (entryNameOf(name) === undefined) continue;
    const directory = join(home.datasets, name);
    if ((await ownerOf(directory)) !== undefined) continue;
    const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: systemClock.wallTime() }));
    if (systemClock.wallTime() - mtimeMs > UNFINISHED_AGE) await removeUnfinished(directory);
    else if (serverProcessesOf(dataOf(directory)).length > 0) await stopOrphan(directory);
  }
}

/** As its owner, so that nobody starts it anew meanwhile. */
async function stopOrphan(directory: string): Promise<void> {
  const taking = await takePlace(directory);
  if (taking.kind !== 'taken') return;
  await stopServerOf(dataOf(directory), 'discard');
  await taking.ownership.release();
}
