import type { Milliseconds } from '../units.ts';

export interface RetryPolicy {
  /** Further tries after the first. */
  readonly retries: number;
  /** Before the first retry; doubled each time up to `maxBackoff`. */
  readonly backoff: Milliseconds;
  readonly maxBackoff: Milliseconds;
}
