import type { Generator } from '../generator.ts';
import type { ResolvedColumn } from '../model.ts';

import type { Cell, Scope } from './cell.ts';

export type MakeCell = (generator: Generator<ResolvedColumn>, scope: Scope) => Cell;
