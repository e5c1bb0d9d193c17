import { milliseconds, type Milliseconds } from '../units.ts';

import type { StallSeen } from './messages.ts';

/**
 * Times in which at least one arrival was due or running and none completed. A failure is no completion: an application that gets
 * nothing but errors is standing still. Reports each stall when it ends; its place is where it began.
 */
export class StallClock {
  readonly #report: (stall: StallSeen) => void;
  #since: Milliseconds | undefined;
  #lastFailure: Milliseconds | undefined;
  #outstanding = 0;

  constructor(report: (stall: StallSeen) => void) {
    this.#report = report;
  }

  due(at: Milliseconds): void {
    this.#outstanding++;
    this.#since ??= at;
  }

  completed(at: Milliseconds): void {
    this.#close(at);
    this.#outstanding--;
    this.#since = this.#outstanding > 0 ? at : undefined;
  }

  failed(at: Milliseconds): void {
    this.#outstanding--;
    this.#lastFailure = at;
  }

  /** A stall of failures alone ends with the last of them. */
  end(at: Milliseconds): void {
    this.#close(this.#outstanding > 0 ? at : (this.#lastFailure ?? at));
  }

  #close(at: Milliseconds): void {
    if (this.#since !== undefined)
      this.#report({ at: this.#since, duration: milliseconds(Math.max(0, at - this.#since)) });
  }
}
