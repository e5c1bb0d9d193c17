import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { after, milliseconds } from '../units.ts';
import type { Home } from './home.ts';
import { runningPrograms } from './process-table.ts';

/** Holds the instance's directory until `release`; cleans up when this process ends without it (keeper.ts). */
export interface Keeper {
  release(): Promise<void>;
}

/** Built beside this module; the harness runs from `dist`. */
const KEEPER_PROGRAM = fileURLToPath(new URL('./keeper.js', import.meta.url));

/** What the keeper does where the harness ends without it. */
export type KeeperTask = 'remove' | 'stop';

export async function startKeeper(directory: string, task: KeeperTask): Promise<Keeper> {
  const child = spawn(process.execPath, [KEEPER_PROGRAM, task, directory], {
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

const KEEPER_TIMEOUT = milliseconds(30_000);
const POLL = milliseconds(20);

/**
 * Waits until no keeper of a dead harness looks after the directory: it would stop the next one's server. Throws
 * `Failure('target.unavailable')`.
 */
export async function formerKeeperGone(directory: string): Promise<void> {
  const deadline = after(systemClock.now(), KEEPER_TIMEOUT);
  while (keepersIn({ instances: directory, datasets: directory }).some(({ task }) => task === 'stop')) {
    if (systemClock.now() > deadline) {
      throw new Failure('target.unavailable', {
        message: 'the keeper of a harness that has ended does not get its server stopped',
        where: directory,
      });
    }
    await systemClock.sleep(POLL);
  }
}

export interface RunningKeeper {
  readonly pid: number;
  readonly task: string;
  readonly directory: string;
}

/** Of anybody: those that look after something in these folders. */
export function keepersIn({
  instances,
  datasets,
}: Pick<Home, 'instances' | 'datasets'>): readonly RunningKeeper[] {
  return runningPrograms().flatMap(({ pid, words }) => {
    const [program = '', task = '', directory = ''] = words.slice(-3);
    const isOurs = [instances, datasets].some((folder) => `${directory}/`.startsWith(`${folder}/`));
    return basename(program) === basename(KEEPER_PROGRAM) && isOurs ? [{ pid, task, directory }] : [];
  });
}

async function release(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.stdin?.destroy();
  await exited;
}
