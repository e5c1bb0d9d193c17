import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Failure } from '../errors.ts';

/** Holds the instance's directory until `release`; cleans up when this process ends without it (keeper.ts). */
export interface Keeper {
  release(): Promise<void>;
}

/** Built beside this module; the harness runs from `dist`. */
const KEEPER_PROGRAM = fileURLToPath(new URL('./keeper.js', import.meta.url));

export async function startKeeper(directory: string): Promise<Keeper> {
  const child = spawn(process.execPath, [KEEPER_PROGRAM, directory], {
    detached: true,
    cwd: '/',
    // Not the harness' environment: NODE_OPTIONS could hold an inspector's port or a module that is not there.
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Failure('target.unavailable', { message: 'cannot start the keeper process', cause: error });
  }
  return { release: () => release(child) };
}

async function release(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.stdin?.destroy();
  await exited;
}
