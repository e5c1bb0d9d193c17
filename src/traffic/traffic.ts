import { Worker } from 'node:worker_threads';

import { Failure, messageOf } from '../errors.ts';
import { WHOLE, type TrafficPlan } from '../plan/index.ts';
import type { ConnectionSettings } from '../target/index.ts';
import type { Instant, Milliseconds } from '../units.ts';

import type {
  FromWorker,
  PhaseStart,
  ToWorker,
  TrafficProgress,
  TrafficRecording,
  WorkerInput,
} from './messages.ts';

/** The running generator, seen from the main thread. */
export interface Traffic extends AsyncDisposable {
  start(origin: Instant, phases: readonly PhaseStart[]): void;
  /** `start.at` should lie a little ahead, so that the generator knows it in time. */
  beginPhase(start: PhaseStart): void;
  /** Throws `Failure('bug')` when the generator's thread died. */
  finish(at: Milliseconds, grace: Milliseconds): Promise<TrafficRecording>;
  /** Rejects when the thread dies before it was finished. */
  readonly broken: Promise<never>;
}

export interface TrafficOptions {
  readonly onProgress: (progress: TrafficProgress) => void;
  /** Ends the preparation; afterwards `Symbol.asyncDispose` ends the traffic. */
  readonly signal: AbortSignal;
}

/** The thread of a generator that has nothing to do yet. */
export interface GeneratorThread extends AsyncDisposable {
  /**
   * Checks every statement on the server, opens all connections. Called once. Throws `Failure('traffic.refused')` with the
   * scenario's lines, or `Failure('target.unavailable')`.
   */
  prepare(connection: ConnectionSettings, options: TrafficOptions): Promise<Traffic>;
}

/** The thread loads its modules for half a second, while others copy files and start the server. */
export function startGenerator(plan: TrafficPlan): GeneratorThread {
  const input: WorkerInput = { plan, stripe: WHOLE };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: input,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const answers = listen(worker);
  return {
    prepare: (connection, options) => prepare(worker, answers, connection, options),
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}

async function prepare(
  worker: Worker,
  { ready, done, broken }: Answers,
  connection: ConnectionSettings,
  { onProgress, signal }: TrafficOptions,
): Promise<Traffic> {
  // Nobody may be waiting for it any more: a thread left alone would keep the process alive.
  const abandon = (): void => void worker.terminate();
  signal.addEventListener('abort', abandon, { once: true });
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'progress') onProgress(message.progress);
  });
  worker.postMessage(connection);
  try {
    await ready;
    return running(worker, { done, broken });
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

function running(worker: Worker, { done, broken }: Pick<Answers, 'done' | 'broken'>): Traffic {
  const say = (message: ToWorker): void => worker.postMessage(message);
  return {
    start: (origin, phases) => say({ kind: 'start', origin, phases }),
    beginPhase: (start) => say({ kind: 'phase', start }),
    finish: async (at, grace) => {
      say({ kind: 'finish', at, grace });
      return await done;
    },
    broken,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}

/** Instead of up to 48 MB: 20 MB less memory in all, and shorter collections. */
const YOUNG_GENERATION_MB = 12;

interface Answers {
  readonly ready: Promise<undefined>;
  readonly done: Promise<TrafficRecording>;
  readonly broken: Promise<never>;
}

function listen(worker: Worker): Answers {
  const ready = deferred<undefined>();
  const done = deferred<TrafficRecording>();
  const broken = deferred<never>();
  // Each is awaited somewhere, but not always before it rejects.
  for (const { promise } of [ready, done, broken]) promise.catch(() => undefined);
  const fail = (reason: unknown): void => {
    for (const { reject } of [ready, done, broken]) reject(reason);
  };
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve(undefined);
        break;
      case 'refused':
        fail(refusal(message.failure));
        break;
      case 'progress':
        // For who prepared it.
        break;
      case 'done':
        done.resolve(message.recording);
        break;
    }
  });
  worker.on('error', (error) =>
    fail(new Failure('bug', { message: `the traffic generator failed: ${messageOf(error)}`, cause: error })),
  );
  worker.on('exit', () =>
    fail(new Failure('bug', { message: 'the traffic generator ended before its time' })),
  );
  return { ready: ready.promise, done: done.promise, broken: broken.promise };
}

function refusal({
  code,
  message,
  where,
  hint,
}: Extract<FromWorker, { kind: 'refused' }>['failure']): Failure {
  return new Failure(code, {
    message,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
  });
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function deferred<Value>(): Deferred<Value> {
  let settle: Pick<Deferred<Value>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (value) => settle?.resolve(value), reject: (reason) => settle?.reject(reason) };
}
