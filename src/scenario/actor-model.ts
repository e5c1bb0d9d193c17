import type { PhaseName } from '../threshold/index.ts';
import type { Milliseconds } from '../units.ts';

import type { Location } from './location.ts';

/** A background session that is not request traffic. */
export type Actor = ActorTiming & ActorWork;

interface ActorTiming {
  readonly name: string;
  readonly phase: PhaseName;
  /** From the start of the phase; may be negative. */
  readonly start: Milliseconds;
  /** From the beginning of one turn to that of the next, until the run ends; not shorter than a turn. undefined: one turn. */
  readonly period: Milliseconds | undefined;
  /** Of its query, where it has one. */
  readonly location: Location;
}

/** What it does in a turn; `duration`: of a turn. */
export type ActorWork =
  /** report: repeats its query in one repeatable-read transaction; idle-in-transaction: runs it once, then idles. */
  | {
      readonly kind: 'report' | 'idle-in-transaction';
      readonly query: string;
      readonly duration: Milliseconds;
    }
  /** Reads every table in one repeatable-read transaction; again and again where there is a duration, else once. */
  | {
      readonly kind: 'dump';
      /** undefined: all. */
      readonly tables: readonly ActorTable[] | undefined;
      readonly duration: Milliseconds | undefined;
    }
  /** Repeats its query, each time in a transaction of its own; without a duration until it changes no row any more. */
  | {
      readonly kind: 'batch';
      readonly query: string;
      readonly pause: Milliseconds;
      readonly duration: Milliseconds | undefined;
    }
  /** Again and again where there is a duration, else once. */
  | {
      readonly kind: 'vacuum' | 'analyze';
      /** `VACUUM (FULL, ANALYZE)`; what it works on is still to be said. */
      readonly command: string;
      /** undefined: the whole database. */
      readonly tables: readonly ActorTable[] | undefined;
      readonly duration: Milliseconds | undefined;
    };

export interface ActorTable {
  /** As written: `orders` or `sales.orders`. */
  readonly name: string;
  /** The same with quotes, for SQL. */
  readonly quoted: string;
  readonly location: Location;
}
