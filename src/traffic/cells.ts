import type { ErrorClass, PhaseName } from '../result/index.ts';
import { LatencyHistogram } from '../statistics/index.ts';
import { milliseconds } from '../units.ts';

import type { Arrival } from './arrival.ts';
import type { CellPart } from './recording.ts';

/** What is counted of one entry in one phase, until the interval is over. */
export class Cell {
  readonly entry: number;
  readonly phase: PhaseName;
  readonly #response = new LatencyHistogram();
  readonly #service = new LatencyHistogram();
  readonly #queueWait = new LatencyHistogram();
  readonly #dispatchLag = new LatencyHistogram();
  readonly #failedAfter = new LatencyHistogram();
  #failed: Partial<Record<ErrorClass, number>> = {};
  #isTouched = false;
  #due = 0;
  #started = 0;
  #completed = 0;
  #dropped = 0;
  #expired = 0;
  #retried = 0;
  #retries = 0;

  constructor(entry: number, phase: PhaseName) {
    this.entry = entry;
    this.phase = phase;
  }

  dispatched(arrival: Arrival): void {
    this.#isTouched = true;
    this.#due++;
    this.#dispatchLag.record(milliseconds(arrival.dispatchedAt - arrival.at));
  }

  dropped(): void {
    this.#dropped++;
  }

  started(arrival: Arrival, at: number): void {
    this.#isTouched = true;
    this.#started++;
    this.#queueWait.record(milliseconds(at - arrival.dispatchedAt));
  }

  completed(arrival: Arrival, startedAt: number, endedAt: number): void {
    this.#isTouched = true;
    this.#completed++;
    this.#response.record(milliseconds(endedAt - arrival.at));
    this.#service.record(milliseconds(endedAt - startedAt));
  }

  failed(arrival: Arrival, of: ErrorClass, endedAt: number): void {
    this.#isTouched = true;
    this.#failed[of] = (this.#failed[of] ?? 0) + 1;
    this.#failedAfter.record(milliseconds(endedAt - arrival.at));
  }

  /** Failed without ever getting a connection. */
  expired(arrival: Arrival, at: number): void {
    this.#expired++;
    this.failed(arrival, 'pool_wait_timeout', at);
  }

  retried(times: number): void {
    this.#retried++;
    this.#retries += times;
  }

  /** What was counted since the last time; undefined where that is nothing. */
  take(): CellPart | undefined {
    if (!this.#isTouched) return undefined;
    const part: CellPart = {
      entry: this.entry,
      phase: this.phase,
      due: this.#due,
      started: this.#started,
      completed: this.#completed,
      dropped: this.#dropped,
      expired: this.#expired,
      retried: this.#retried,
      retries: this.#retries,
      failed: this.#failed,
      response: this.#response.pack(),
      service: this.#service.pack(),
      queueWait: this.#queueWait.pack(),
      dispatchLag: this.#dispatchLag.pack(),
      failedAfter: this.#failedAfter.pack(),
    };
    this.#reset();
    return part;
  }

  #reset(): void {
    for (const histogram of [
      this.#response,
      this.#service,
      this.#queueWait,
      this.#dispatchLag,
      this.#failedAfter,
    ])
      histogram.reset();
    this.#failed = {};
    this.#isTouched = false;
    this.#due = this.#started = this.#completed = this.#dropped = 0;
    this.#expired = this.#retried = this.#retries = 0;
  }
}
