import type { ColumnType } from '../column-type.ts';
import type { ValueEntry } from '../definition.ts';
import type { Generator } from '../generator.ts';

import type { Context } from './context.ts';
import type { Limits } from './limits.ts';

/** What a value is made for. */
export interface ValueTarget {
  readonly type: ColumnType;
  readonly limits: Limits | undefined;
}

/** Undefined after an issue was reported. */
export type Made = Generator<string> | undefined;
export type Make = (entry: ValueEntry, target: ValueTarget, context: Context) => Made;
