import { access, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { systemClock } from '../clock.ts';
import { bytes, milliseconds, type Bytes } from '../units.ts';
import type { ServerBuild } from './build.ts';
import { isAbandoned, ownedName, parseOwnedName, thisWitness } from './owner.ts';
import { DATA_FOLDER } from './stop-server.ts';

/** What the loader knows about a dataset, kept beside it. */
export interface DatasetFacts {
  readonly dataset: string;
  readonly scale: number;
  readonly seed: number;
  readonly rows: number;
  /** Of loading, and what was loaded in that time: the next plan reckons with it. Absent: continued after an interruption. */
  readonly loading?: { readonly seconds: number };
  /** Plain JSON. */
  readonly card: unknown;
}

/** A stopped, synced data directory in the cache. It holds no usable password: every clone gets one of its own. */
export interface DatasetEntry {
  readonly key: string;
  readonly directory: string;
  readonly size: Bytes;
  readonly created: string;
  /** ISO, as everywhere. */
  readonly lastUsed: string;
  readonly server: { readonly major: number; readonly version: string; readonly source: string };
  readonly facts: DatasetFacts;
}

/** Written last: a directory without it is no entry. Its time of modification is when the entry was last used. */
const MANIFEST = 'entry.json';

const manifest = z.object({
  size: z.number().int().nonnegative(),
  created: z.iso.datetime(),
  server: z.object({ major: z.number().int(), version: z.string(), source: z.string() }),
  facts: z.object({
    dataset: z.string(),
    scale: z.number(),
    seed: z.number(),
    rows: z.number(),
    loading: z.object({ seconds: z.number() }).optional(),
    card: z.unknown(),
  }),
});

type Manifest = z.output<typeof manifest>;

export async function writeManifest(
  directory: string,
  { size, build, facts }: { readonly size: Bytes; readonly build: ServerBuild; readonly facts: DatasetFacts },
): Promise<void> {
  const { major, version, source } = build;
  const created = new Date(systemClock.wallTime()).toISOString();
  const content = { size, created, server: { major, version, source }, facts };
  await writeFile(join(directory, MANIFEST), JSON.stringify(content), { flush: true });
}

/** Undefined: not there, half written, or of another release. */
export async function findEntry(key: string, directory: string): Promise<DatasetEntry | undefined> {
  const path = join(directory, MANIFEST);
  const found = parseManifest(await readFile(path, 'utf8').catch(() => ''));
  const used = await stat(path).catch(() => undefined);
  if (found === undefined || used === undefined) return undefined;
  const { size, created, server, facts } = found;
  const { loading, ...others } = facts;
  return {
    key,
    directory,
    size: bytes(size),
    created,
    lastUsed: used.mtime.toISOString(),
    server,
    facts: { ...others, ...(loading === undefined ? {} : { loading }) },
  };
}

/** Undefined for anything but a whole manifest. */
export function parseManifest(text: string): Manifest | undefined {
  const parsed = manifest.safeParse(jsonOrUndefined(text));
  return parsed.success ? parsed.data : undefined;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const PARTS_OF_ENTRY: readonly string[] = [DATA_FOLDER, MANIFEST];

export const dataOf = (directory: string): string => join(directory, DATA_FOLDER);

/*
 * Readers and removers agree by marks in the entry: each makes its own first and looks for the others' then, so of a reader
 * and a remover at least one sees the other. The remover gives way, the reader waits for that. Marks name their process;
 * those of the dead do not count.
 */
const READERS = 'readers';
const REMOVERS = 'removers';
export const MARK_FOLDERS = [READERS, REMOVERS] as const;
const POLL = milliseconds(10);

export async function prepareMarks(directory: string): Promise<void> {
  for (const folder of MARK_FOLDERS) {
    await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  }
}

export interface Reading extends AsyncDisposable {
  readonly directory: string;
}

/** Keeps the entry from being removed. Undefined: it is gone. */
export async function readEntry({ directory }: DatasetEntry): Promise<Reading | undefined> {
  const mark = join(directory, READERS, ownedName());
  const unmark = (): Promise<void> => rm(mark, { force: true });
  try {
    await writeFile(mark, '');
    while ((await livingMarks(directory, REMOVERS)).length > 0) await systemClock.sleep(POLL);
    // Removed, and perhaps published again: that one has not our mark.
    await access(mark);
    const now = new Date(systemClock.wallTime());
    await utimes(join(directory, MANIFEST), now, now);
    return { directory, [Symbol.asyncDispose]: unmark };
  } catch (error) {
    await unmark();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Does the work where nobody reads the entry; false: somebody does, or it is gone. */
export async function whileUnread(directory: string, work: () => Promise<void>): Promise<boolean> {
  const mark = join(directory, REMOVERS, ownedName());
  try {
    await writeFile(mark, '');
    if (await isBeingRead(directory)) return false;
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(mark, { force: true });
  }
}

export async function isBeingRead(directory: string): Promise<boolean> {
  return (await livingMarks(directory, READERS)).length > 0;
}

/** Copying takes minutes at most: a mark of another host, whose processes nobody sees from here, counts for an hour. */
export async function livingMarks(
  directory: string,
  folder: (typeof MARK_FOLDERS)[number],
): Promise<readonly string[]> {
  const names = await readdir(join(directory, folder)).catch((): string[] => []);
  const living: string[] = [];
  for (const name of names) {
    const owner = parseOwnedName(name);
    const touched = await stat(join(directory, folder, name)).catch(() => undefined);
    if (owner === undefined || touched === undefined) continue;
    const untouched = milliseconds(systemClock.wallTime() - touched.mtimeMs);
    if (!isAbandoned(owner, untouched, thisWitness())) living.push(name);
  }
  return living;
}
