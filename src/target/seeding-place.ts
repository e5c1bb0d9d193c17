import { existsSync } from 'node:fs';
import { chmod, chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Failure, messageOf } from '../errors.ts';
import type { ServerBuild } from './build.ts';
import { sizeOfTree } from './disk.ts';
import {
  dataOf,
  findEntry,
  PARTS_OF_ENTRY,
  prepareMarks,
  writeManifest,
  type DatasetEntry,
  type DatasetFacts,
} from './entry.ts';
import type { Home } from './home.ts';
import type { Instance } from './instance.ts';
import { formerKeeperGone, startKeeper } from './keep.ts';
import { ownedName } from './owner.ts';
import { PrivateInstance } from './private-instance.ts';
import { bootOf } from './process-table.ts';
import { OWNERS, type Ownership } from './seeding-owner.ts';
import { DATA_FOLDER, stopServerOf } from './stop-server.ts';

/**
 * Where one dataset is loaded, by one harness at a time. What was loaded survives the harness and its server, however they
 * end, but not the host: the server runs without fsync.
 */
export interface SeedingPlace extends AsyncDisposable {
  /** `stopped`, holding a cluster. */
  readonly instance: Instance;
  /** The cluster holds what an earlier harness had loaded. */
  readonly resumed: boolean;
  /**
   * Makes the place the entry of the cache, without another copy. The instance must be `stopped`; it is closed. Throws
   * `Failure('target.unavailable')`; the place is then still one.
   */
  publish(facts: DatasetFacts): Promise<DatasetEntry>;
  /** Nothing in it is of use to anybody. */
  discard(): Promise<void>;
}

export interface PlaceAddress {
  readonly home: Home;
  readonly build: ServerBuild;
  readonly key: string;
  /** Of the entry that it shall become. */
  readonly entry: string;
}

const SUFFIX = '.seeding';

export const placeOf = (entry: string): string => `${entry}${SUFFIX}`;

/** `<key>.<server>` of the entry that a directory in the cache shall become; undefined: no seeding place. */
export function entryNameOf(name: string): string | undefined {
  return /^[\w-]+\.[\w-]+\.seeding$/.test(name) ? name.slice(0, -SUFFIX.length) : undefined;
}

/** Written once the cluster is made. */
const NOTE = 'place.json';

/** The place that this process now owns; or an entry, where the owner before was killed in the last step. */
export async function openPlace(
  address: PlaceAddress,
  ownership: Ownership,
): Promise<SeedingPlace | DatasetEntry> {
  const directory = placeOf(address.entry);
  await formerKeeperGone(directory);
  await stopServerOf(join(directory, DATA_FOLDER), 'discard');
  if ((await findEntry(address.key, directory)) !== undefined) return await becomeEntry(address);
  const keeper = await startKeeper(directory, 'stop');
  try {
    const { home, build } = address;
    const instance = new PrivateInstance({ home, build, directory, atEnd: 'stop' }, keeper);
    const resumed = (await mayContinue(directory)) && (await adopts(instance));
    if (!resumed) await begin(instance, home, directory);
    return new OwnedPlace({ instance, resumed, address, ownership });
  } catch (error) {
    await keeper.release();
    throw error;
  }
}

/** After a restart of the host nobody knows which of its files had reached the disk. */
async function mayContinue(directory: string): Promise<boolean> {
  const note = await readFile(join(directory, NOTE), 'utf8').catch(() => '');
  return note === noteOf(bootOf());
}

const noteOf = (boot: string): string => JSON.stringify({ boot });

async function adopts(instance: PrivateInstance): Promise<boolean> {
  return await instance.adopt().then(
    () => true,
    () => false,
  );
}

async function begin(instance: Instance, home: Home, directory: string): Promise<void> {
  await removeAllBut([OWNERS], directory);
  await chmod(directory, 0o700);
  if (home.serverUser.kind === 'other') await chown(directory, home.serverUser.uid, home.serverUser.gid);
  await instance.initialize();
  await writeFile(join(directory, NOTE), noteOf(bootOf()));
}

async function removeAllBut(kept: readonly string[], directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => !kept.includes(name));
  for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
}

interface PlaceParts {
  readonly instance: Instance;
  readonly resumed: boolean;
  readonly address: PlaceAddress;
  readonly ownership: Ownership;
}

class OwnedPlace implements SeedingPlace {
  readonly instance: Instance;
  readonly resumed: boolean;
  readonly #address: PlaceAddress;
  readonly #ownership: Ownership;
  #isOver = false;

  constructor({ instance, resumed, address, ownership }: PlaceParts) {
    this.instance = instance;
    this.resumed = resumed;
    this.#address = address;
    this.#ownership = ownership;
  }

  async publish(facts: DatasetFacts): Promise<DatasetEntry> {
    const { instance } = this;
    const { directory, build } = instance;
    if (instance.state !== 'stopped') {
      throw new Failure('bug', {
        message: `cannot publish an instance that is ${instance.state}, expected stopped`,
      });
    }
    try {
      await instance.sync();
      await instance.close();
      const size = await sizeOfTree(dataOf(directory));
      await writeManifest(directory, { size, build, facts });
      const entry = await becomeEntry(this.#address);
      this.#isOver = true;
      return entry;
    } catch (error) {
      throw copyFailure(error, this.#address.entry);
    }
  }

  async discard(): Promise<void> {
    await this.instance.close();
    await removeByRename(this.instance.directory);
    this.#isOver = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance.close();
    if (!this.#isOver) await this.#ownership.release();
  }
}

/** A rename is whole or nothing. */
async function becomeEntry({ home, key, entry }: PlaceAddress): Promise<DatasetEntry> {
  const place = placeOf(entry);
  await removeAllBut([...PARTS_OF_ENTRY, OWNERS], place);
  await prepareMarks(place);
  await chmod(place, 0o711);
  if (home.serverUser.kind === 'other') await chown(place, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  // Damaged, or of another release: only the owner of the place makes or replaces its entry.
  if (existsSync(entry)) await removeByRename(entry);
  await rename(place, entry);
  await rm(join(entry, OWNERS), { recursive: true, force: true });
  const published = await findEntry(key, entry);
  if (published === undefined) throw new Error('the published dataset is not there');
  return published;
}

/** So that nobody sees it half removed; where this process is killed the sweep does the rest. */
export async function removeByRename(directory: string): Promise<void> {
  const grave = join(dirname(directory), ownedName());
  await rename(directory, grave);
  await rm(grave, { recursive: true, force: true, maxRetries: 3 });
}

export function copyFailure(error: unknown, where: string): Failure {
  const known = diskFailure(error, where);
  if (known instanceof Failure) return known;
  return new Failure('target.unavailable', {
    message: `cannot keep or copy the dataset: ${messageOf(error)}`,
    where,
    hint: ANOTHER_DISK,
    cause: error,
  });
}

const ANOTHER_DISK =
  'free some space, use a smaller scale, or set PG_REHEARSE_HOME to a directory on another disk';

/** An error of the file system says that the disk is full, which is nobody's bug; anything else stays what it is. */
export function diskFailure(error: unknown, where: string): unknown {
  const isFull =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  if (!isFull) return error;
  const message = 'the disk is full: no space left on it for the dataset';
  return new Failure('target.unavailable', { message, where, hint: ANOTHER_DISK, cause: error });
}
