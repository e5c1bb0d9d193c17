import type { ErrorClass, PhaseName } from '../result/index.ts';
import type { Milliseconds } from '../units.ts';

/** One intended start on its way; times from the origin. */
export interface Arrival {
  readonly slot: number;
  /** Index into the plan's transactions. */
  readonly transaction: number;
  /** Of its intended start, as known when it was dispatched. */
  readonly phase: PhaseName;
  /** When it was meant to start. */
  readonly at: Milliseconds;
  /** When the generator came to it. */
  readonly dispatchedAt: Milliseconds;
}

export type ArrivalOutcome =
  | { readonly kind: 'completed' }
  | {
      readonly kind: 'failed';
      readonly class: ErrorClass;
      readonly sqlState: string | undefined;
      readonly message: string;
      readonly statement: string;
    };
