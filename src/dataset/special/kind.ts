import type { RandomDraws } from '../../statistics/index.ts';

/**
 * A type whose values are texts, just as PostgreSQL prints them, until they are written in its binary format (the
 * type's `_recv` function).
 */
export interface Special {
  /** pg_type.dat; undefined for types of extensions. */
  readonly oid: number | undefined;
  /** Mean bytes in the heap. */
  readonly width: number;
  /** The most that `write` needs. */
  readonly maxBytes: number;
  /** Numbers that give different values: 0 to this, exclusive. */
  readonly values: number;
  readonly make: (number: number, draws: RandomDraws, modifier: number | undefined) => string;
  readonly write: (text: string, buffer: Buffer, at: number) => number;
  /** What `make` and `write` understand; undefined: every text. */
  readonly pattern?: RegExp;
  readonly example: string;
}
