import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { systemClock } from '../clock.ts';
import { asFailure } from '../errors.ts';
import type { Session } from '../target/thread.ts';
import { milliseconds, since, type Instant } from '../units.ts';

import { loadUnit } from './load-unit.ts';
import type { FromLoader, LoaderInput, ToLoader } from './messages.ts';
import { openLoadSession } from './session.ts';

/* A thread of loaders, each with its own connection and encoder, one unit after another. */

const PROGRESS_EVERY = milliseconds(100);
const NEVER = new AbortController().signal;

/** A loader opens its connection, says so, and then does what it is told until it is closed. */
async function serve(port: MessagePort, input: LoaderInput): Promise<void> {
  await Promise.all(
    Array.from({ length: input.loaders }, (_, loader) => new PortLoader(port, loader).serve(input)),
  );
  port.close();
}

class PortLoader {
  readonly #port: MessagePort;
  readonly #loader: number;

  constructor(port: MessagePort, loader: number) {
    this.#port = port;
    this.#loader = loader;
  }

  /** Resolves when it is closed, or has failed before it was ready. */
  async serve(input: LoaderInput): Promise<void> {
    try {
      const session = await openLoadSession(input);
      const closed = new Promise<void>((resolve) => {
        this.#port.on('message', (message: ToLoader) => {
          if (message.loader !== this.#loader) return;
          if (message.kind === 'load') void this.#load(session, message);
          else void session.close().then(resolve);
        });
      });
      this.#say({ kind: 'ready', loader: this.#loader, pid: session.pid });
      await closed;
      this.#say({ kind: 'closed', loader: this.#loader });
    } catch (error) {
      this.#sayFailure(error);
    }
  }

  async #load(session: Session, { unit, table }: ToLoader & { readonly kind: 'load' }): Promise<void> {
    try {
      // Who interrupts ends the thread.
      const rows = await loadUnit(unit, { session, table, signal: NEVER, onRows: this.#nowAndThen() });
      this.#say({ kind: 'loaded', loader: this.#loader, rows });
    } catch (error) {
      this.#sayFailure(error);
    }
  }

  #nowAndThen(): (rows: number) => void {
    let last: Instant | undefined;
    return (rows) => {
      const now = systemClock.now();
      if (last !== undefined && since(last, now) < PROGRESS_EVERY) return;
      last = now;
      this.#say({ kind: 'rows', loader: this.#loader, rows });
    };
  }

  #sayFailure(error: unknown): void {
    const { code, message, where, hint } = asFailure(error);
    this.#say({ kind: 'failed', loader: this.#loader, failure: { code, message, where, hint } });
  }

  #say(message: FromLoader): void {
    this.#port.postMessage(message);
  }
}

// `workerData` is what `loaders.ts` gives; both speak `messages.ts`.
if (parentPort !== null) void serve(parentPort, workerData as LoaderInput);
