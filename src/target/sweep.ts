import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { milliseconds } from '../units.ts';
import { sweepUnfinished } from './cache-items.ts';
import type { Home } from './home.ts';
import { isAbandoned, parseOwnedName, thisWitness, type Witness } from './owner.ts';
import { removeInstance } from './stop-server.ts';

/**
 * Removes what harnesses left behind whose keeper could not clean up: after a reboot, or when both were killed. Never
 * fails: what cannot be removed now (another user's, say) waits for a later sweep.
 */
export async function sweep(home: Home): Promise<void> {
  const witness = thisWitness();
  for (const folder of [home.instances, home.datasets, home.builds]) await sweepFolder(folder, witness);
  await sweepUnfinished(home).catch(() => undefined);
}

async function sweepFolder(folder: string, witness: Witness): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = parseOwnedName(name);
    if (owner === undefined) continue;
    const directory = join(folder, name);
    const untouched = milliseconds(systemClock.wallTime() - (await modifiedAt(directory)));
    if (isAbandoned(owner, untouched, witness)) await removeInstance(directory).catch(() => undefined);
  }
}

/** Now, where it has just been removed by its owner. */
async function modifiedAt(path: string): Promise<number> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => systemClock.wallTime(),
  );
}
