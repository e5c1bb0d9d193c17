import { Failure } from '../errors.ts';

/**
 * What can end a run before its time: the user, the server, the generator. The first one is the reason; whatever waits
 * on `signal` gives up with it.
 */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  /** The user's signal outlives the run, and would remember every one of many. */
  readonly #over = new AbortController();

  constructor(user: AbortSignal) {
    if (user.aborted) this.because(interrupted());
    else
      user.addEventListener('abort', () => this.because(interrupted()), {
        once: true,
        signal: this.#over.signal,
      });
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  because(reason: Failure): void {
    this.#controller.abort(reason);
  }

  /** Throws the reason, if there is one. */
  check(): void {
    this.signal.throwIfAborted();
  }

  /** The work, or the reason to stop if that comes first; the work is then left to end by itself. */
  async race<Value>(work: Promise<Value>): Promise<Value> {
    // Work that is left alone may fail, for the same reason as a rule; nobody else hears of it.
    work.catch(() => undefined);
    this.check();
    const over = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      this.signal.addEventListener('abort', () => reject(asError(this.signal.reason)), {
        once: true,
        signal: over.signal,
      });
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      over.abort();
    }
  }
}

const interrupted = (): Failure => new Failure('interrupted', { message: 'interrupted' });

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
