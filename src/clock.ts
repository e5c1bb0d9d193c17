import { setTimeout as sleepFor } from 'node:timers/promises';

import { instant, type Instant, type Milliseconds } from './units.ts';

/** The only source of time. */
export interface Clock {
  /** Monotonic; the same origin in every thread of this host (`CLOCK_MONOTONIC`). */
  now(): Instant;
  /** Wall time, milliseconds since 1970. */
  wallTime(): number;
  /** Resolves after the duration; rejects with the signal's reason when aborted. */
  sleep(duration: Milliseconds, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => instant(Number(process.hrtime.bigint()) / 1e6),
  wallTime: () => Date.now(),
  sleep: async (duration, signal) => {
    try {
      await sleepFor(Math.max(0, duration), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node wraps the reason into an error of its own.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
