import type { ErrorClass, PhaseName } from '../result/index.ts';
import type { Milliseconds } from '../units.ts';

/** One intended start on its way; times from the origin. */
export interface Arrival {
  readonly slot: number;
  /** Index into `entriesOf(plan)`. */
  readonly entry: number;
  /** Of its intended start, as known when it was dispatched. */
  readonly phase: PhaseName;
  /** When it was meant to start. */
  readonly at: Milliseconds;
  /** When the generator came to it. */
  readonly dispatchedAt: Milliseconds;
  /** Whose turn it is in a closed loop; −1 where arrivals have a rate. */
  readonly user: number;
}

export type ArrivalOutcome =
  | { readonly kind: 'completed'; readonly overcome: readonly TrafficError[] }
  | { readonly kind: 'failed'; readonly error: TrafficError; readonly overcome: readonly TrafficError[] };

/** `overcome` in an outcome: errors after which it was tried again. */
export interface TrafficError {
  readonly class: ErrorClass;
  readonly sqlState: string | undefined;
  readonly message: string;
  readonly statement: string;
}
