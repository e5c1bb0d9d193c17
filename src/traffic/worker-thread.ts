import { Worker } from 'node:worker_threads';

import { Failure, messageOf } from '../errors.ts';
import type { Stripe } from '../plan/index.ts';

import type { BaselineLoad, FromWorker, Task, ToWorker, TrafficProgress, WorkerInput } from './messages.ts';
import type { WorkerRecording } from './recording.ts';

/** One worker, seen from the main thread. What it promises rejects when it dies before its time. */
export interface WorkerThread {
  readonly ready: Promise<void>;
  readonly done: Promise<WorkerRecording>;
  /** Only rejects. */
  readonly broken: Promise<never>;
  assign(task: Task): void;
  say(message: ToWorker): void;
  baselineLoad(): Promise<BaselineLoad>;
  /** Of its last half second; undefined: it has said nothing yet. */
  readonly progress: TrafficProgress | undefined;
  terminate(): Promise<void>;
}

/** Instead of up to 48 MB: 20 MB less memory in all, and shorter collections. */
const YOUNG_GENERATION_MB = 12;

/** `onProgress` is called when it has said something new. */
export function startWorker(stripe: Stripe, memory: SharedArrayBuffer, onProgress: () => void): WorkerThread {
  const input: WorkerInput = { stripe, memory };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: input,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const answers = listen(worker, onProgress);
  const say = (message: ToWorker): void => worker.postMessage(message);
  return {
    ready: answers.ready.promise,
    done: answers.done.promise,
    broken: answers.broken.promise,
    assign: (task) => worker.postMessage(task),
    say,
    baselineLoad: async () => {
      say({ kind: 'baseline-load' });
      return await answers.baselineLoad.promise;
    },
    get progress() {
      return answers.progress;
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

interface Answers {
  readonly ready: Deferred<void>;
  readonly done: Deferred<WorkerRecording>;
  readonly broken: Deferred<never>;
  readonly baselineLoad: Deferred<BaselineLoad>;
  progress: TrafficProgress | undefined;
}

function listen(worker: Worker, onProgress: () => void): Answers {
  const answers: Answers = {
    ready: deferred(),
    done: deferred(),
    broken: deferred(),
    baselineLoad: deferred(),
    progress: undefined,
  };
  const { ready, done, broken, baselineLoad } = answers;
  const promises = [ready, done, broken, baselineLoad];
  // Then it ends by itself.
  let isDone = false;
  // Each is awaited somewhere, but not always before it rejects.
  for (const { promise } of promises) promise.catch(() => undefined);
  const fail = (reason: unknown): void => {
    for (const { reject } of promises) reject(reason);
  };
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve();
        break;
      case 'refused':
        fail(refusal(message.failure));
        break;
      case 'progress':
        answers.progress = message.progress;
        onProgress();
        break;
      case 'baseline-load':
        baselineLoad.resolve(message.load);
        break;
      case 'done':
        done.resolve(message.recording);
        isDone = true;
        break;
    }
  });
  worker.on('error', (error) =>
    fail(new Failure('bug', { message: `the traffic generator failed: ${messageOf(error)}`, cause: error })),
  );
  worker.on('exit', () => {
    if (!isDone) fail(new Failure('bug', { message: 'the traffic generator ended before its time' }));
  });
  return answers;
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
