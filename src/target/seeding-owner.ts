import { randomBytes } from 'node:crypto';
import { mkdir, readlink, stat, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { milliseconds } from '../units.ts';
import { isAbandoned, ownedName, parseOwnedName, thisWitness, type Owner } from './owner.ts';

/**
 * Who may work in a seeding place: a chain of symbolic links, `first` → A, `after-A` → B, …, whose last member is the
 * owner. A link is made whole or not at all, and only one process can make the one behind a given owner; so of all that
 * find an owner dead one becomes the next. Names never come back: a link that somebody slow puts behind the owner of an
 * earlier place of the same name is not part of this one's chain.
 */
export const OWNERS = 'owners';
const FIRST = 'first';
const FREE = 'free-';

export type Taking =
  | { readonly kind: 'taken'; readonly ownership: Ownership }
  | { readonly kind: 'held'; readonly by: Owner }
  /** Somebody has moved the place away: it is loaded, or thrown away. */
  | { readonly kind: 'gone' };

export interface Ownership {
  /** Where the chain still stands, the next one may follow. */
  release(): Promise<void>;
}

/** Makes the place where there is none. Never takes it from the living. */
export async function takePlace(place: string): Promise<Taking> {
  try {
    await mkdir(join(place, OWNERS), { recursive: true, mode: 0o700 });
  } catch (error) {
    // Moved away between the making of the place and of the folder in it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'gone' };
    throw error;
  }
  for (;;) {
    const last = await lastOf(place);
    const holder = await holderOf(last.name, place);
    if (holder !== undefined) return { kind: 'held', by: holder };
    const name = ownedName();
    const link = join(place, OWNERS, last.next);
    const outcome = await tryLink(name, link);
    if (outcome === 'gone') return { kind: 'gone' };
    if (outcome === 'lost') continue;
    if ((await lastOf(place)).name === name) {
      return { kind: 'taken', ownership: { release: () => release(place, name) } };
    }
    await unlink(link).catch(() => undefined);
  }
}

/** The living owner, if there is one. */
export async function ownerOf(place: string): Promise<Owner | undefined> {
  return await holderOf((await lastOf(place)).name, place);
}

interface Last {
  /** Undefined: nobody was here yet. */
  readonly name: string | undefined;
  /** The link that the next owner has to make. */
  readonly next: string;
}

async function lastOf(place: string): Promise<Last> {
  let last: Last = { name: undefined, next: FIRST };
  for (;;) {
    const name: string | undefined = await readlink(join(place, OWNERS, last.next)).catch(() => undefined);
    if (name === undefined) return last;
    last = { name, next: `after-${name}` };
  }
}

async function holderOf(name: string | undefined, place: string): Promise<Owner | undefined> {
  const owner = name === undefined || name.startsWith(FREE) ? undefined : parseOwnedName(name);
  if (owner === undefined) return undefined;
  const touched = await stat(place).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const untouched = milliseconds(systemClock.wallTime() - touched);
  return isAbandoned(owner, untouched, thisWitness()) ? undefined : owner;
}

async function release(place: string, name: string): Promise<void> {
  await tryLink(`${FREE}${randomBytes(6).toString('hex')}`, join(place, OWNERS, `after-${name}`));
}

async function tryLink(target: string, path: string): Promise<'made' | 'lost' | 'gone'> {
  try {
    await symlink(target, path);
    return 'made';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return 'lost';
    if (code === 'ENOENT') return 'gone';
    throw error;
  }
}
