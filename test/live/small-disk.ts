import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { IS_ROOT, removeDirectory, temporaryDirectory } from './server.js';

export interface Disk extends AsyncDisposable {
  readonly path: string;
}

/** A file system of its own in memory. */
export function smallDisk(size: string): Disk {
  const directory = temporaryDirectory();
  const path = join(directory, 'disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path], { stdio: 'pipe' });
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', [path]);
      removeDirectory(directory);
      await Promise.resolve();
    },
  };
}

function smallDiskProblem(): string | undefined {
  if (!IS_ROOT) return ' (skipped: only root can mount a small disk)';
  try {
    void smallDisk('1m')[Symbol.asyncDispose]();
    return undefined;
  } catch {
    return ' (skipped: this machine lets nobody mount a small disk)';
  }
}

/** Undefined: there can be one. */
export const NO_SMALL_DISK = smallDiskProblem();
