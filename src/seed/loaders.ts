import { Worker } from 'node:worker_threads';

import type { ResolvedTable } from '../dataset/index.ts';
import { Failure } from '../errors.ts';

import { crewSession, type Crew } from './crew.ts';
import { loadUnit } from './load-unit.ts';
import type { FromLoader, LoaderInput, PlainFailure, ToLoader } from './messages.ts';
import { openLoadSession, type SeedTarget } from './session.ts';
import type { LoadUnit } from './units.ts';

/** One connection that loads, one unit at a time. */
export interface Loader {
  readonly pid: number;
  load(unit: LoadUnit, table: ResolvedTable, onRows: (rows: number) => void): Promise<number>;
  close(): Promise<void>;
}

/** In this thread: nothing to start, which pays for small datasets. */
export async function inlineLoader(crew: Crew, target: SeedTarget): Promise<Loader> {
  const session = await crewSession(crew, () => openLoadSession(target));
  return {
    pid: session.pid,
    load: (unit, table, onRows) => loadUnit(unit, { session, table, signal: crew.signal, onRows }),
    close: () => session.close(),
  };
}

/** Connections in a thread of their own: rows are made while other threads and the server work. */
export async function threadLoaders(
  crew: Crew,
  target: SeedTarget,
  loaders: number,
): Promise<readonly Loader[]> {
  const { connection, ownServer } = target;
  const input: LoaderInput = { connection, ownServer, loaders };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: input,
    // Flags of the main program, such as --input-type, need not suit a thread.
    execArgv: [],
    // Rows are written into buffers outside the heap; what else is made dies young.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const thread: Thread = { worker, ended: false };
  worker.setMaxListeners(0);
  worker.once('exit', () => (thread.ended = true));
  // Between two answers nobody listens; whoever asks next hears that it has ended.
  worker.on('error', () => undefined);
  // Its sockets go with it, and the server rolls back.
  crew.onCut(() => void worker.terminate());
  return await Promise.all(Array.from({ length: loaders }, (_, loader) => threadLoader(thread, loader)));
}

async function threadLoader(thread: Thread, loader: number): Promise<Loader> {
  const say = (message: ToLoader): void => thread.worker.postMessage(message);
  const ready = await answer(thread, loader, 'ready');
  return {
    pid: ready.pid,
    load: async (unit, table, onRows) => {
      say({ kind: 'load', loader, unit, table });
      return (await answer(thread, loader, 'loaded', onRows)).rows;
    },
    close: async () => {
      say({ kind: 'close', loader });
      await answer(thread, loader, 'closed');
    },
  };
}

interface Thread {
  readonly worker: Worker;
  ended: boolean;
}

type Answer = Exclude<FromLoader, { kind: 'rows' | 'failed' }>;

/** What ends the wait; rows on the way are passed on. Rejects when the loader fails or its thread ends. */
async function answer<Kind extends Answer['kind']>(
  thread: Thread,
  loader: number,
  kind: Kind,
  onRows: (rows: number) => void = () => undefined,
): Promise<Extract<Answer, { kind: Kind }>> {
  const { worker } = thread;
  return await new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', hear);
      worker.off('error', fail);
      worker.off('exit', end);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const end = (): void => fail(new Failure('bug', { message: 'a loader thread ended before its work' }));
    const hear = (message: FromLoader): void => {
      if (message.loader !== loader) return;
      if (message.kind === 'rows') onRows(message.rows);
      else if (message.kind === 'failed') fail(failureOf(message.failure));
      else if (isOf(message, kind)) {
        settle();
        resolve(message);
      } else fail(new Failure('bug', { message: `expected ${kind} of a loader, found ${message.kind}` }));
    };
    worker.on('message', hear);
    worker.on('error', fail);
    worker.on('exit', end);
    if (thread.ended) end();
  });
}

/** `===` on a generic kind does not narrow a union. */
function isOf<Kind extends Answer['kind']>(
  message: Answer,
  kind: Kind,
): message is Extract<Answer, { kind: Kind }> {
  return message.kind === kind;
}

const failureOf = ({ code, message, where, hint }: PlainFailure): Failure =>
  new Failure(code, {
    message,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
  });
