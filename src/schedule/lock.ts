import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../errors.ts';
import { isAbandoned, ownedName, parseOwnedName, thisWitness } from '../target/index.ts';
import { milliseconds } from '../units.ts';

/** Other hosts that share the folder take a lock for abandoned that nothing has touched for an hour. */
const TOUCH_EVERY = milliseconds(600_000);

/**
 * At most one process works on a schedule. The lock names its owner; where that process is gone, as after a crash, the next one takes
 * it over. Throws `Failure('schedule.held')` while the owner lives.
 */
export async function whileLocked<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const release = acquire(folder);
  try {
    return await work();
  } finally {
    release();
  }
}

function acquire(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  const name = ownedName();
  const own = join(folder, `lock-${name}`);
  writeFileSync(own, name);
  try {
    while (!linked(own, lock)) takeAway(lock, `${own}-stale`);
  } finally {
    unlinkSync(own);
  }
  const timer = setInterval(() => touch(lock), TOUCH_EVERY).unref();
  return () => {
    clearInterval(timer);
    if (contentOf(lock) === name) unlinkSync(lock);
  };
}

/** A link is made by one of several that try, and comes with its content. */
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Only what was seen to be abandoned goes. */
function takeAway(lock: string, aside: string): void {
  const seen = contentOf(lock);
  if (seen === undefined) return;
  const owner = parseOwnedName(seen);
  if (owner !== undefined && !isAbandoned(owner, untouchedFor(lock), thisWitness())) {
    throw new Failure('schedule.held', {
      message: `the schedule is being run by process ${owner.pid}`,
      where: lock,
      hint: 'wait for it, or end it; a lock whose process is gone is taken over by itself',
    });
  }
  try {
    renameSync(lock, aside);
  } catch (error) {
    // Its owner gave it back, or somebody else took it away.
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Somebody else may have taken it over meanwhile: then it goes back to its owner.
  if (contentOf(aside) !== seen) linked(aside, lock);
  unlinkSync(aside);
}

function contentOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function untouchedFor(lock: string) {
  const touched = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return milliseconds(Math.max(0, Date.now() - touched));
}

/** It may be gone with its folder: then there is nothing to keep. */
function touch(lock: string): void {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // The owner's process is what counts on this host.
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
