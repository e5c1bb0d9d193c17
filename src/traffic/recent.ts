import { LatencyHistogram } from '../statistics/index.ts';
import type { Milliseconds } from '../units.ts';

/** The arrivals since the last look, for the progress display. */
export class RecentWindow {
  readonly #histogram = new LatencyHistogram();
  #failed = 0;

  ended(completed: boolean, response: Milliseconds): void {
    if (completed) this.#histogram.record(response);
    else this.#failed++;
  }

  take(): { readonly completed: number; readonly failed: number; readonly p99: Milliseconds } {
    const seen = {
      completed: this.#histogram.count,
      failed: this.#failed,
      p99: this.#histogram.percentile(99),
    };
    this.#histogram.reset();
    this.#failed = 0;
    return seen;
  }
}
