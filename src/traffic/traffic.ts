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

/**
 * Starts the generator's thread: checks every statement on the server, opens all connections. Throws
 * `Failure('traffic.refused')` with the scenario's lines, or `Failure('target.unavailable')`.
 */
export async function prepareTraffic(
  plan: TrafficPlan,
  connection: ConnectionSettings,
  onProgress: (progress: TrafficProgress) => void,
): Promise<Traffic> {
  const input: WorkerInput = { plan, connection, stripe: WHOLE };
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: input });
  const ready = deferred<undefined>();
  const done = deferred<TrafficRecording>();
  const broken = deferred<never>();
  for (const { promise } of [ready, done, broken]) promise.catch(() => undefined);
  const fail = (reason: unknown): void => {
    for (const { reject } of [ready, done, broken]) reject(reason);
  };
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve(undefined);
      case 'refused':
        return fail(refusal(message.failure));
      case 'progress':
        return onProgress(message.progress);
      case 'done':
        return done.resolve(message.recording);
    }
  });
  worker.on('error', (error) =>
    fail(new Failure('bug', { message: `the traffic generator failed: ${messageOf(error)}`, cause: error })),
  );
  worker.on('exit', () =>
    fail(new Failure('bug', { message: 'the traffic generator ended before its time' })),
  );
  const say = (message: ToWorker): void => worker.postMessage(message);
  const traffic: Traffic = {
    start: (origin, phases) => say({ kind: 'start', origin, phases }),
    beginPhase: (start) => say({ kind: 'phase', start }),
    finish: async (at, grace) => {
      say({ kind: 'finish', at, grace });
      return await done.promise;
    },
    broken: broken.promise,
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
  try {
    await ready.promise;
    return traffic;
  } catch (error) {
    await traffic[Symbol.asyncDispose]();
    throw error;
  }
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
