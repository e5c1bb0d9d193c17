import type { ColumnType } from '../column-type.ts';
import type { Generator } from '../generator.ts';
import type { Filler } from '../schema/schema.ts';

import type { Limits } from './limits.ts';

/** A column on its way from schema and file to a `Column`. */
export interface ColumnDraft {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  readonly filler: Filler;
  readonly limits: Limits;
}

/** With its generator. */
export interface FilledColumn extends ColumnDraft {
  /** The file names the generator: it is not replaced. */
  readonly explicit: boolean;
  readonly nullFrac: number;
  readonly generator: Generator<string>;
}
