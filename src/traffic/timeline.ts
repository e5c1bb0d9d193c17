import { LatencyHistogram } from '../statistics/index.ts';
import type { PhaseName } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { TrafficRecording } from './messages.ts';

type Point = TrafficRecording['timeline'][number];

/** One point an interval, closed as time goes on. Memory: one histogram, and a small object an interval. */
export class Timeline {
  readonly interval: Milliseconds;
  readonly points: Point[] = [];
  readonly #phaseOf: (at: Milliseconds) => PhaseName;
  #histogram = new LatencyHistogram();
  #due = 0;
  #completed = 0;
  #failed = 0;
  #inUse = 0;
  #queued = 0;

  constructor(interval: Milliseconds, phaseOf: (at: Milliseconds) => PhaseName) {
    this.interval = interval;
    this.#phaseOf = phaseOf;
  }

  due(): void {
    this.#due++;
  }

  completed(response: Milliseconds): void {
    this.#completed++;
    this.#histogram.record(response);
  }

  failed(): void {
    this.#failed++;
  }

  load(inUse: number, queued: number): void {
    if (inUse > this.#inUse) this.#inUse = inUse;
    if (queued > this.#queued) this.#queued = queued;
  }

  /** Closes every interval that ended by `now`. */
  close(now: Milliseconds): void {
    while ((this.points.length + 1) * this.interval <= now) this.#push();
  }

  /** Closes the interval that `end` cut short, if anything happened in it. */
  finish(end: Milliseconds): void {
    this.close(end);
    if (this.#due + this.#completed + this.#failed > 0) this.#push();
  }

  #push(): void {
    const at = milliseconds(this.points.length * this.interval);
    this.points.push({
      at,
      phase: this.#phaseOf(at),
      due: this.#due,
      completed: this.#completed,
      failed: this.#failed,
      p50: this.#histogram.percentile(50),
      p95: this.#histogram.percentile(95),
      p99: this.#histogram.percentile(99),
      max: this.#histogram.max,
      connectionsInUse: this.#inUse,
      queued: this.#queued,
    });
    if (this.#histogram.count > 0) this.#histogram = new LatencyHistogram();
    this.#due = this.#completed = this.#failed = this.#inUse = this.#queued = 0;
  }
}
