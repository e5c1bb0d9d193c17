import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { Failure, messageOf } from '../errors.ts';

/** The folder of the reports, before anything else is done. Throws `Failure('report.unwritable')`. */
export function prepareFolder(path: string): void {
  try {
    makeFolder(resolve(path));
  } catch (error) {
    throw new Failure('report.unwritable', {
      message: `reports can not be written to ${path}: ${messageOf(error)}`,
      hint: '--out names another folder',
      cause: error,
    });
  }
}

/** Step by step: Node's own `recursive` never comes back from a place such as /proc/x (seen with Node 20.20). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Gives a folder the name, or `name-2` and so on where another run of the same second has it. Returns its path. */
export function nameFolder(folder: string, parent: string, name: string): string {
  for (let number = 1; ; number++) {
    const path = join(parent, number === 1 ? name : `${name}-${number}`);
    if (existsSync(path)) continue;
    try {
      renameSync(folder, path);
      return path;
    } catch (error) {
      // Somebody has made it since we looked.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    }
  }
}

/** A folder that was not there before, named likewise. */
export function newFolder(parent: string, name: string): string {
  for (let number = 1; ; number++) {
    const path = join(parent, number === 1 ? name : `${name}-${number}`);
    if (existsSync(path)) continue;
    mkdirSync(path);
    return path;
  }
}
