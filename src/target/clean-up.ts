import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { after, milliseconds } from '../units.ts';
import { removeUnfinished } from './cache-items.ts';
import { livingMarks, MARK_FOLDERS } from './entry.ts';
import type { Home } from './home.ts';
import { keepersIn } from './keep.ts';
import type { LeftOverKind } from './left-overs.ts';
import { isAbandoned, parseOwnedName, thisWitness, type Owner } from './owner.ts';
import { ownerOf } from './seeding-owner.ts';
import { entryNameOf } from './seeding-place.ts';
import { removeInstance } from './stop-server.ts';

/** Something that a harness made for a while, and what became of it now. */
export interface LeftOver {
  readonly kind: LeftOverKind;
  /** A path, or what else names it. */
  readonly name: string;
  readonly fate: Fate;
}

export type Fate =
  | { readonly kind: 'removed' }
  | { readonly kind: 'in-use'; readonly by: Owner }
  /** Made for whoever asked for it. */
  | { readonly kind: 'yours' }
  | { readonly kind: 'stays'; readonly reason: string };

export interface CleanUpOptions {
  /** Only say what would go. */
  readonly dryRun: boolean;
}

/**
 * Removes what killed harnesses left in the home, interrupted loads too; tells everything that it found, also what the
 * living still use. Datasets that are whole are no left-overs.
 */
export async function cleanUp(home: Home, options: CleanUpOptions): Promise<readonly LeftOver[]> {
  const found = [
    ...(await ownedIn(home.instances, 'instance', options)),
    ...(await unfinishedIn(home.datasets, options)),
    ...(await ownedIn(home.datasets, 'half-removed dataset', options)),
    ...(await ownedIn(home.builds, 'half-copied server', options)),
    ...(await marksIn(home.datasets, options)),
  ];
  return [...found, ...(await keepersOf(home, options))];
}

/** Directories and files that carry their owner's name; `prefix` is what stands before it. */
export async function ownedIn(
  folder: string,
  kind: LeftOverKind,
  { dryRun }: CleanUpOptions,
  prefix = '',
): Promise<readonly LeftOver[]> {
  const found: LeftOver[] = [];
  for (const file of await namesIn(folder)) {
    const owner = file.startsWith(prefix) ? parseOwnedName(file.slice(prefix.length)) : undefined;
    if (owner === undefined) continue;
    const name = join(folder, file);
    const isLeft = await isAbandonedAt(name, owner);
    const fate = isLeft ? await removed(dryRun, () => removeInstance(name)) : inUse(owner);
    found.push({ kind, name, fate });
  }
  return found;
}

async function unfinishedIn(datasets: string, { dryRun }: CleanUpOptions): Promise<readonly LeftOver[]> {
  const found: LeftOver[] = [];
  for (const file of await namesIn(datasets)) {
    if (entryNameOf(file) === undefined) continue;
    const name = join(datasets, file);
    const owner = await ownerOf(name);
    const fate = owner === undefined ? await removed(dryRun, () => removeUnfinished(name)) : inUse(owner);
    found.push({ kind: 'interrupted load', name, fate });
  }
  return found;
}

/** The living ones are no news: whoever copies a dataset has an instance, which is told. */
async function marksIn(datasets: string, { dryRun }: CleanUpOptions): Promise<readonly LeftOver[]> {
  const found: LeftOver[] = [];
  for (const entry of await namesIn(datasets)) {
    if (entryNameOf(entry) !== undefined || parseOwnedName(entry) !== undefined) continue;
    for (const folder of MARK_FOLDERS) {
      const living = await livingMarks(join(datasets, entry), folder);
      for (const mark of await namesIn(join(datasets, entry, folder))) {
        if (living.includes(mark) || parseOwnedName(mark) === undefined) continue;
        const name = join(datasets, entry, folder, mark);
        found.push({ kind: 'mark', name, fate: await removed(dryRun, () => rm(name, { force: true })) });
      }
    }
  }
  return found;
}

/** A keeper ends by itself when it has cleaned up; one that hangs, or was stopped, does not. */
async function keepersOf(home: Home, { dryRun }: CleanUpOptions): Promise<readonly LeftOver[]> {
  const found: LeftOver[] = [];
  for (const { pid, directory } of keepersIn(home)) {
    if (await hasOwner(directory)) continue;
    const end = (): Promise<void> => endKeeper(pid, directory);
    found.push({ kind: 'keeper', name: `process ${pid}`, fate: await removed(dryRun, end) });
  }
  return found;
}

async function hasOwner(directory: string): Promise<boolean> {
  if (!existsSync(directory)) return false;
  const owner = parseOwnedName(directory.slice(directory.lastIndexOf('/') + 1));
  return owner === undefined
    ? (await ownerOf(directory)) !== undefined
    : !(await isAbandonedAt(directory, owner));
}

const PATIENCE = milliseconds(10_000);
const POLL = milliseconds(20);

async function endKeeper(pid: number, directory: string): Promise<void> {
  const deadline = after(systemClock.now(), PATIENCE);
  const isThere = (): boolean =>
    keepersIn({ instances: directory, datasets: directory }).some((keeper) => keeper.pid === pid);
  while (isThere()) {
    if (systemClock.now() > deadline) process.kill(pid, 'SIGKILL');
    await systemClock.sleep(POLL);
  }
}

async function isAbandonedAt(path: string, owner: Owner): Promise<boolean> {
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    // Just removed by its owner.
    () => systemClock.wallTime(),
  );
  return isAbandoned(owner, milliseconds(systemClock.wallTime() - touched), thisWitness());
}

const inUse = (by: Owner): Fate => ({ kind: 'in-use', by });

async function removed(dryRun: boolean, remove: () => Promise<unknown>): Promise<Fate> {
  if (dryRun) return { kind: 'removed' };
  return await remove().then(
    () => ({ kind: 'removed' }),
    (error: unknown) => ({ kind: 'stays', reason: messageOf(error) }),
  );
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch((): string[] => []);
