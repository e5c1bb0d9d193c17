import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure, messageOf } from '../errors.ts';
import { bytes, type Bytes } from '../units.ts';
import type { ServerBuild } from './build.ts';
import { syncCluster } from './cluster.ts';
import { copyOptions, copyTree, treeSize } from './copy-tree.ts';
import type { Home } from './home.ts';
import type { Instance } from './instance.ts';
import { ownedName } from './owner.ts';
import { DATA_FOLDER } from './stop-server.ts';

/** A stopped, synced data directory in the cache. It holds no usable password: every clone gets one of its own. */
export interface DatasetEntry {
  readonly key: string;
  readonly directory: string;
  readonly size: Bytes;
}

/** Loaded datasets as data directories, for one server build: another build's files can mean something else. */
export interface DatasetCache {
  /** `key`: whatever determines the content, hashed by the caller. Undefined: not there. */
  find(key: string): Promise<DatasetEntry | undefined>;
  /**
   * Copies the data directory of a stopped instance into the cache. Where another harness published the same key in
   * the meantime, theirs is returned. Throws `Failure('target.unavailable')` (disk full); nothing half stays behind.
   */
  publish(key: string, instance: Instance, signal?: AbortSignal): Promise<DatasetEntry>;
  /** Fills an empty instance, which is `stopped` afterwards. */
  cloneInto(entry: DatasetEntry, instance: Instance, signal?: AbortSignal): Promise<void>;
}

export function datasetCache(home: Home, build: ServerBuild): DatasetCache {
  const placeOf = (key: string): string => join(home.datasets, `${checkedKey(key)}.${fingerprint(build)}`);
  return {
    find: (key) => findEntry(key, placeOf(key)),
    publish: (key, instance, signal) => publishEntry({ key, place: placeOf(key) }, instance, signal),
    cloneInto: (entry, instance, signal) => cloneEntry(entry, instance, signal),
  };
}

interface Publication {
  readonly key: string;
  readonly place: string;
}

async function publishEntry(
  { key, place }: Publication,
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<DatasetEntry> {
  if (instance.state !== 'stopped') {
    throw new Failure('bug', {
      message: `cannot publish an instance that is ${instance.state}, expected stopped`,
    });
  }
  const draft = join(instance.home.datasets, ownedName());
  try {
    await fillDraft(draft, instance, signal);
    return await publishDraft(draft, { key, place });
  } catch (error) {
    throw signal?.aborted === true ? error : copyFailure(error, place);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Written last: a directory without it is no entry. */
const MANIFEST = 'entry.json';

/** On the disk before the rename, so that a power cut cannot leave an entry that only looks whole. */
async function fillDraft(draft: string, instance: Instance, signal: AbortSignal | undefined): Promise<void> {
  const user = instance.home.serverUser;
  await mkdir(draft, { mode: 0o711 });
  const data = join(draft, DATA_FOLDER);
  await copyTree(instance.dataDirectory, data, copyOptions(user, signal));
  await syncCluster({ build: instance.build, user, dataDirectory: data });
  await writeFile(join(draft, MANIFEST), JSON.stringify({ size: await treeSize(data) }), { flush: true });
}

/** A rename is whole or nothing; onto a directory that is there it fails, and whoever was first is as good. */
async function publishDraft(draft: string, { key, place }: Publication): Promise<DatasetEntry> {
  try {
    await rename(draft, place);
  } catch (error) {
    const theirs = await findEntry(key, place);
    if (theirs !== undefined) return theirs;
    if (!existsSync(place)) throw error;
    // Damaged: it has no manifest, so nobody can be using it.
    await rm(place, { recursive: true, force: true });
    await rename(draft, place);
  }
  const entry = await findEntry(key, place);
  if (entry === undefined) throw new Error('the published dataset is not there');
  return entry;
}

async function cloneEntry(
  entry: DatasetEntry,
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await instance.cloneFrom(join(entry.directory, DATA_FOLDER), signal);
  } catch (error) {
    throw signal?.aborted === true ? error : copyFailure(error, entry.directory);
  }
}

async function findEntry(key: string, directory: string): Promise<DatasetEntry | undefined> {
  const size = manifestSize(await readFile(join(directory, MANIFEST), 'utf8').catch(() => ''));
  return size === undefined ? undefined : { key, directory, size };
}

/** Undefined for anything but a whole manifest. */
export function manifestSize(text: string): Bytes | undefined {
  const [, size] = /^\{"size":(\d+)\}$/.exec(text) ?? [];
  return size === undefined ? undefined : bytes(Number(size));
}

function copyFailure(error: unknown, where: string): Failure {
  if (error instanceof Failure) return error;
  const isFull =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return new Failure('target.unavailable', {
    message: isFull
      ? 'no space left on the disk for a copy of the dataset'
      : `cannot copy the dataset: ${messageOf(error)}`,
    where,
    hint: 'free some space, use a smaller scale, or set PG_REHEARSE_HOME to a directory on another disk',
    cause: error,
  });
}

function checkedKey(key: string): string {
  if (/^[\w-]{1,128}$/.test(key)) return key;
  throw new Failure('bug', {
    message: `expected a dataset key of letters, digits and dashes, found ${JSON.stringify(key)}`,
  });
}

/** Minor versions share their file format; builds from elsewhere may differ in block size, libraries or collations. */
function fingerprint(build: ServerBuild): string {
  const origin = build.source === 'embedded' ? `${process.platform}-${process.arch}` : build.bin;
  return `pg${build.major}-${createHash('sha256').update(`${build.source} ${origin}`).digest('hex').slice(0, 8)}`;
}
