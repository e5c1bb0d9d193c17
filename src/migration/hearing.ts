import type { Notice } from '../target/index.ts';
import type { Milliseconds } from '../units.ts';

/** What the server said beside its answers, and when it was heard. */
export interface HeardNotice extends Notice {
  readonly heardAt: Milliseconds;
}
