import { setMaxListeners } from 'node:events';

import { systemClock } from '../clock.ts';
import type { Session } from '../target/index.ts';
import { numberOf } from '../target/index.ts';
import { milliseconds } from '../units.ts';

/** Sessions and threads that work side by side: when one fails, or somebody interrupts, all are cut at once. */
export interface Crew {
  readonly signal: AbortSignal;
  readonly cut: () => void;
  /** Calls back when the crew is cut, also when it already is; the result takes the call back. */
  readonly onCut: (listener: () => void) => () => void;
}

export function newCrew(signal: AbortSignal): Crew {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, all);
  return {
    signal: all,
    cut: () => stop.abort(),
    onCut: (listener) => {
      if (all.aborted) listener();
      all.addEventListener('abort', listener, { once: true });
      return () => all.removeEventListener('abort', listener);
    },
  };
}

/** Its session, cut with the crew. */
export async function crewSession(crew: Crew, open: () => Promise<Session>): Promise<Session> {
  const session = await open();
  const forget = crew.onCut(() => session.destroy());
  const close = session.close.bind(session);
  return Object.assign(session, {
    close: async () => {
      forget();
      await close();
    },
  });
}

/**
 * Gives the tasks to the workers, each the next as soon as it is free. The first failure cuts the crew and is thrown
 * once all have stopped.
 */
export async function shareOut<Worker, Task>(
  crew: Crew,
  { workers, tasks }: { readonly workers: readonly Worker[]; readonly tasks: readonly Task[] },
  work: (worker: Worker, task: Task) => Promise<void>,
): Promise<void> {
  const queue = tasks.values();
  const failures: unknown[] = [];
  const serve = async (worker: Worker): Promise<void> => {
    for (const task of queue) {
      if (failures.length > 0) return;
      try {
        await work(worker, task);
      } catch (error) {
        failures.push(error);
        crew.cut();
      }
    }
  };
  await Promise.all(workers.map(serve));
  if (failures.length > 0) throw failures[0];
}

const POLL = milliseconds(10);
const LONGEST_POLLS = 500;

/**
 * Waits until closed sessions have left the server: a backend reports what it did to its tables when it ends, and what comes
 * after must find it reported. Gives up after some seconds, for then only counters are at stake.
 */
export async function untilGone(session: Session, pids: readonly number[]): Promise<void> {
  for (let polls = 0; polls < LONGEST_POLLS; polls++) {
    const { rows } = await session.query(STILL_THERE, [pids]);
    if (rows[0] === undefined || numberOf(rows[0], 'n') === 0) return;
    await systemClock.sleep(POLL);
  }
}

/** Cost: one look at the backends' slots. 14–18. */
const STILL_THERE = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = ANY ($1::int[])';
