import { once } from 'node:events';
import { setPriority } from 'node:os';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { systemClock } from '../clock.ts';
import { asFailure } from '../errors.ts';

import { checkStatements, statementsOf } from './check-statements.ts';
import { Generator } from './generator.ts';
import type { FromWorker, Task, ToWorker, TrafficProgress, WorkerInput } from './messages.ts';

/* A generator's own thread, so that reporting, observing and the console never delay an arrival. */

const PROGRESS_EVERY = 500;

/**
 * On its own machine the generator would not compete with the server that it measures. Linux counts priorities by thread, so
 * this is the generator's alone; only root may raise it, for others it stays as it is.
 */
function preferGenerator(): void {
  try {
    setPriority(GENERATOR_PRIORITY);
  } catch {
    // Not allowed: the dispatch lag tells whether it mattered.
  }
}

const GENERATOR_PRIORITY = -10;

async function serve(port: MessagePort, input: WorkerInput): Promise<void> {
  const say = (message: FromWorker): void => port.postMessage(message);
  preferGenerator();
  try {
    const assignment = { ...input, ...(await firstMessage(port)) };
    // One for all.
    if (input.stripe.index === 0) await checkStatements(assignment.connection, statementsOf(assignment.plan));
    const generator = await Generator.prepare(assignment, systemClock);
    say({ kind: 'ready' });
    const progress = setInterval(
      () => say({ kind: 'progress', progress: progressOf(generator) }),
      PROGRESS_EVERY,
    );
    port.on('message', (message: ToWorker) => {
      void obey(generator, message).then((reply) => {
        if (reply === undefined) return;
        say(reply);
        if (reply.kind !== 'done') return;
        clearInterval(progress);
        port.close();
      });
    });
  } catch (error) {
    const { code, message, where, hint } = asFailure(error);
    say({
      kind: 'refused',
      failure: { code, message, where, hint },
    });
    port.close();
  }
}

/** The main thread sends it as soon as the server is there (traffic.ts). */
async function firstMessage(port: MessagePort): Promise<Task> {
  const [task] = (await once(port, 'message')) as [Task];
  return task;
}

async function obey(generator: Generator, message: ToWorker): Promise<FromWorker | undefined> {
  switch (message.kind) {
    case 'start':
      generator.start(message.origin, message.phases);
      return undefined;
    case 'phase':
      generator.beginPhase(message.start);
      return undefined;
    case 'baseline-load':
      return { kind: 'baseline-load', load: generator.baselineLoad };
    case 'finish':
      return { kind: 'done', recording: await generator.finish(message.at, message.grace) };
  }
}

function progressOf(generator: Generator): TrafficProgress {
  const { completed, failed, p99 } = generator.recent.take();
  const { inUse, queued } = generator.load;
  const at = generator.now;
  return {
    phase: generator.phases.of(at),
    at,
    completedPerSecond: (completed * 1_000) / PROGRESS_EVERY,
    p99,
    failed,
    connectionsInUse: inUse,
    queued,
  };
}

// The main thread starts this file with a WorkerInput (traffic.ts), nobody else does.
if (parentPort !== null) void serve(parentPort, workerData as WorkerInput);
