import type { PhaseStart, TrafficPlan } from '../plan/index.ts';
import type { ConnectionSettings } from '../target/index.ts';
import { milliseconds, type Instant, type Milliseconds } from '../units.ts';

import { LoadClock } from './load-clock.ts';
import { merge, type TrafficRecording } from './merge.ts';
import type { BaselineLoad, ServiceTimes, ToWorker, TrafficProgress } from './messages.ts';
import { startWorker, type WorkerThread } from './worker-thread.ts';

/** The running generator, seen from the main thread. */
export interface Traffic extends AsyncDisposable {
  start(origin: Instant, phases: readonly PhaseStart[]): void;
  /** `start.at` should lie a little ahead, so that the generator knows it in time. */
  beginPhase(start: PhaseStart): void;
  /** As far as whole seconds know. */
  baselineLoad(): Promise<BaselineLoad>;
  /** Throws `Failure('bug')` when a thread died. */
  finish(at: Milliseconds, grace: Milliseconds): Promise<TrafficRecording>;
  /** Rejects when a thread dies before it was finished. */
  readonly broken: Promise<never>;
}

export interface TrafficOptions {
  readonly onProgress: (progress: TrafficProgress) => void;
  /** Where the application's connections go instead of the server. */
  readonly pooler?: ConnectionSettings | undefined;
  /** Ends the preparation; afterwards `Symbol.asyncDispose` ends the traffic. */
  readonly signal: AbortSignal;
}

/** The threads of a generator that has nothing to do yet. */
export interface GeneratorThreads extends AsyncDisposable {
  /**
   * Checks every statement on the server, opens all connections. Called once. Throws `Failure('traffic.refused')` with the
   * scenario's lines, or `Failure('target.unavailable')`.
   */
  prepare(plan: TrafficPlan, connection: ConnectionSettings, options: TrafficOptions): Promise<Traffic>;
}

/** A thread loads its modules for half a second, while others copy files and start the server. */
export function startGenerator(count: number): GeneratorThreads {
  const memory = LoadClock.memory();
  const listener: { onProgress: () => void } = { onProgress: () => undefined };
  const workers = Array.from({ length: count }, (_, index) =>
    startWorker({ index, count }, memory, () => listener.onProgress()),
  );
  const end = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  return {
    prepare: async (plan, connection, { onProgress, pooler, signal }) => {
      // Nobody may be waiting for it any more: a thread left alone would keep the process alive.
      const abandon = (): void => void end();
      signal.addEventListener('abort', abandon, { once: true });
      // The first one speaks for all.
      listener.onProgress = () => {
        const [first] = workers;
        const told = workers.flatMap(({ progress }) => progress ?? []);
        if (first?.progress !== undefined) onProgress(together(first.progress, told));
      };
      for (const worker of workers) worker.assign({ plan, connection, pooler });
      try {
        await Promise.all(workers.map(({ ready }) => ready));
        return new RunningTraffic(plan, workers, memory);
      } catch (error) {
        await end();
        throw error;
      } finally {
        signal.removeEventListener('abort', abandon);
      }
    },
    [Symbol.asyncDispose]: end,
  };
}

class RunningTraffic implements Traffic {
  readonly broken: Promise<never>;
  readonly #plan: TrafficPlan;
  readonly #workers: readonly WorkerThread[];
  readonly #memory: SharedArrayBuffer;

  constructor(plan: TrafficPlan, workers: readonly WorkerThread[], memory: SharedArrayBuffer) {
    this.#plan = plan;
    this.#workers = workers;
    this.#memory = memory;
    this.broken = Promise.race(workers.map((worker) => worker.broken));
    this.broken.catch(() => undefined);
  }

  start(origin: Instant, phases: readonly PhaseStart[]): void {
    this.#say({ kind: 'start', origin, phases });
  }

  beginPhase(start: PhaseStart): void {
    this.#say({ kind: 'phase', start });
  }

  async baselineLoad(): Promise<BaselineLoad> {
    const loads = await Promise.all(this.#workers.map((worker) => worker.baselineLoad()));
    const reports = loads.flatMap(({ service }) => service);
    const service = this.#plan.workloads.map(({ index }) => {
      const own = reports.filter(({ workload }) => workload === index);
      return {
        workload: index,
        completed: addedTimes(own.map(({ completed }) => completed)),
        running: addedTimes(own.map(({ running }) => running)),
        unserved: own.reduce((total, { unserved }) => total + unserved, 0),
      };
    });
    return { service, eventLoop: Math.max(...loads.map(({ eventLoop }) => eventLoop)) };
  }

  async finish(at: Milliseconds, grace: Milliseconds): Promise<TrafficRecording> {
    this.#say({ kind: 'finish', at, grace });
    const recordings = await Promise.all(this.#workers.map(({ done }) => done));
    const now = milliseconds(Math.max(...recordings.map(({ endedAt }) => endedAt)));
    return merge(this.#plan, recordings, { memory: this.#memory, now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #say(message: ToWorker): void {
    for (const worker of this.#workers) worker.say(message);
  }
}

function addedTimes(times: readonly ServiceTimes[]): ServiceTimes {
  return {
    count: times.reduce((total, { count }) => total + count, 0),
    sum: times.reduce((total, { sum }) => total + sum, 0),
  };
}

function together(first: TrafficProgress, told: readonly TrafficProgress[]): TrafficProgress {
  const sum = (of: (one: TrafficProgress) => number): number =>
    told.reduce((total, one) => total + of(one), 0);
  return {
    ...first,
    completedPerSecond: sum((one) => one.completedPerSecond),
    p99: milliseconds(Math.max(...told.map(({ p99 }) => p99))),
    failed: sum(({ failed }) => failed),
    connectionsInUse: sum(({ connectionsInUse }) => connectionsInUse),
    queued: sum(({ queued }) => queued),
  };
}
