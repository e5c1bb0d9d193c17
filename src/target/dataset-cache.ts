import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { bytes, milliseconds } from '../units.ts';
import type { ServerBuild } from './build.ts';
import { copiesByReference, requireRoom } from './disk.ts';
import { dataOf, findEntry, readEntry, type DatasetEntry } from './entry.ts';
import type { Home } from './home.ts';
import type { Instance } from './instance.ts';
import type { Owner } from './owner.ts';
import {
  copyFailure,
  diskFailure,
  openPlace,
  placeOf,
  removeByRename,
  type PlaceAddress,
  type SeedingPlace,
} from './seeding-place.ts';
import { takePlace } from './seeding-owner.ts';

/** Loaded datasets as data directories, for one server build: another build's files can mean something else. */
export interface DatasetCache {
  /** `key`: whatever determines the content, hashed by the caller. Undefined: not there. */
  find(key: string): Promise<DatasetEntry | undefined>;
  /**
   * The entry, or the place to make it, which belongs to the caller until he closes it. Where another harness is at it,
   * waits: for its entry, or for its end. Rejects with the signal's reason; throws `Failure('target.unavailable')`.
   */
  obtain(key: string, options: ObtainOptions): Promise<Obtained>;
  /**
   * Fills an empty instance, which is `stopped` afterwards. False: the entry has been removed meanwhile. Throws
   * `Failure('target.unavailable')` where the disk has no room.
   */
  cloneInto(entry: DatasetEntry, instance: Instance, signal?: AbortSignal): Promise<boolean>;
}

export interface ObtainOptions {
  readonly signal: AbortSignal;
  /** Called once for each other harness that is waited for. */
  readonly onWait: (owner: Owner) => void;
}

export type Obtained =
  | { readonly kind: 'entry'; readonly entry: DatasetEntry }
  | { readonly kind: 'place'; readonly place: SeedingPlace };

export function datasetCache(home: Home, build: ServerBuild): DatasetCache {
  const entryOf = (key: string): string => join(home.datasets, `${checkedKey(key)}.${fingerprint(build)}`);
  return {
    find: (key) => findEntry(key, entryOf(key)),
    obtain: (key, options) => obtain({ home, build, key, entry: entryOf(key) }, options),
    cloneInto: (entry, instance, signal) => cloneEntry(entry, instance, signal),
  };
}

const POLL = milliseconds(300);

async function obtain(address: PlaceAddress, { signal, onWait }: ObtainOptions): Promise<Obtained> {
  let waitedFor: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const entry = await findEntry(address.key, address.entry);
    if (entry !== undefined) return { kind: 'entry', entry };
    const attempt = await tryPlace(address);
    if (attempt.kind === 'obtained') return attempt.obtained;
    if (attempt.kind === 'again') continue;
    const name = JSON.stringify(attempt.by);
    if (name !== waitedFor) onWait(attempt.by);
    waitedFor = name;
    await systemClock.sleep(POLL, signal);
  }
}

type PlaceAttempt =
  | { readonly kind: 'obtained'; readonly obtained: Obtained }
  | { readonly kind: 'again' }
  | { readonly kind: 'held'; readonly by: Owner };

async function tryPlace(address: PlaceAddress): Promise<PlaceAttempt> {
  const taking = await takePlace(placeOf(address.entry)).catch((error: unknown) => {
    throw diskFailure(error, address.entry);
  });
  if (taking.kind === 'held') return taking;
  if (taking.kind === 'gone') return { kind: 'again' };
  const { ownership } = taking;
  try {
    const entry = await findEntry(address.key, address.entry);
    // Published between the look at the cache and the taking of what is now an empty place.
    if (entry !== undefined) {
      await removeByRename(placeOf(address.entry));
      return { kind: 'obtained', obtained: { kind: 'entry', entry } };
    }
    const opened = await openPlace(address, ownership);
    return {
      kind: 'obtained',
      obtained: 'instance' in opened ? { kind: 'place', place: opened } : { kind: 'entry', entry: opened },
    };
  } catch (error) {
    await ownership.release().catch(() => undefined);
    throw diskFailure(error, address.entry);
  }
}

/** A server writes its first WAL segments, its log and its statistics too. */
const CLONE_RESERVE = bytes(96 * 1024 ** 2);

async function cloneEntry(
  entry: DatasetEntry,
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  await using reading = await readEntry(entry);
  if (reading === undefined) return false;
  if (!(await copiesByReference(instance.directory))) {
    await requireRoom(instance.directory, [
      { for: 'for the copy of the dataset that this run works on', bytes: entry.size },
      { for: 'for the server on it', bytes: CLONE_RESERVE },
    ]);
  }
  try {
    await instance.cloneFrom(dataOf(reading.directory), signal);
    return true;
  } catch (error) {
    throw signal?.aborted === true ? error : copyFailure(error, entry.directory);
  }
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
