import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { after, milliseconds, type Milliseconds } from '../units.ts';
import { serverProcessesOf } from './process-table.ts';
import { releaseSharedMemory } from './shared-memory.ts';

/** `clean` leaves a data directory that starts without recovery; `discard` is for one that is thrown away. */
export type StopMode = 'clean' | 'discard';

interface Stage {
  readonly signal: NodeJS.Signals;
  /** How long the server may take before the next stage. */
  readonly grace: Milliseconds;
}

/** Manual, 18.5: SIGINT is the fast shutdown (with a checkpoint), SIGQUIT the immediate one (children get 5 s). */
const STAGES = {
  clean: [
    { signal: 'SIGINT', grace: milliseconds(120_000) },
    { signal: 'SIGQUIT', grace: milliseconds(8_000) },
  ],
  discard: [{ signal: 'SIGQUIT', grace: milliseconds(8_000) }],
} as const satisfies Record<StopMode, readonly Stage[]>;

const KILL_GRACE = milliseconds(10_000);
const POLL = milliseconds(20);

export const DATA_FOLDER = 'data';

/**
 * Stops whatever runs on a data directory, however it was started, and waits until every process is gone, and the memory
 * that a killed server leaves. Nothing to do is no error. Throws `Failure('target.unavailable')` when even SIGKILL does not end it (a disk that hangs).
 */
export async function stopServerOf(dataDirectory: string, mode: StopMode): Promise<void> {
  await endProcessesOf(dataDirectory, mode);
  await releaseSharedMemory(dataDirectory);
}

async function endProcessesOf(dataDirectory: string, mode: StopMode): Promise<void> {
  for (const stage of STAGES[mode]) {
    const leaders = serverProcessesOf(dataDirectory).filter(({ role }) => role === 'leader');
    if (leaders.length === 0) break;
    for (const { pid } of leaders) send(stage.signal, pid);
    if (await gone(dataDirectory, stage.grace)) return;
  }
  // What is left has no leader, or one that does not answer. A child in the middle of a long sort would not notice.
  for (const { pid } of serverProcessesOf(dataDirectory)) send('SIGKILL', pid);
  if (await gone(dataDirectory, KILL_GRACE)) return;
  throw new Failure('target.unavailable', {
    message: 'the server does not stop, not even by SIGKILL',
    where: dataDirectory,
  });
}

/** Stops the server of an instance and removes its directory: the way out for a normal end, the keeper and the sweep. */
export async function removeInstance(directory: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    await stopServerOf(join(directory, DATA_FOLDER), 'discard');
    // A server that was just being started by a harness that died may still create files: look again.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    if (!existsSync(directory)) return;
  }
  throw new Failure('target.unavailable', {
    message: 'the directory of the instance cannot be removed',
    where: directory,
  });
}

async function gone(dataDirectory: string, grace: Milliseconds): Promise<boolean> {
  const deadline = after(systemClock.now(), grace);
  while (serverProcessesOf(dataDirectory).length > 0) {
    if (systemClock.now() > deadline) return false;
    await systemClock.sleep(POLL);
  }
  return true;
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended in between; `gone` will tell.
  }
}
