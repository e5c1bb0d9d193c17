import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { ownedIn, ownedName, type CleanUpOptions, type LeftOver } from '../target/index.ts';

import { nameFolder } from './folders.ts';

/* Reports get their name when they are complete: until then they belong to a process. */

const PREFIX = '.';

/** `fill` writes into a folder that gets its name afterwards. Returns its path. */
export function writeFolder(out: string, name: string, fill: (folder: string) => void): string {
  const draft = join(out, `${PREFIX}${ownedName()}`);
  try {
    mkdirSync(draft);
    fill(draft);
    return nameFolder(draft, out, name);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Of reports, and of locks where a schedule keeps its state in the same folder. */
export async function halfWrittenIn(folder: string, options: CleanUpOptions): Promise<readonly LeftOver[]> {
  return [
    ...(await ownedIn(folder, 'half-written report', options, PREFIX)),
    ...(await ownedIn(folder, 'lock of a schedule', options, 'lock-')),
  ];
}
