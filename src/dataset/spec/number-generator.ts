import { typeName, type ColumnType } from '../column-type.ts';
import type { ValueEntry } from '../definition.ts';
import type { NumberShape } from '../generator.ts';

import type { Report } from './context.ts';
import { readDistribution } from './distribution.ts';
import { typeRange } from './limits.ts';
import type { Make } from './value-maker.ts';

/** Of an entry `int`, `numeric` or `float`. */
export function numberGenerator(name: 'int' | 'numeric' | 'float'): Make {
  return (entry, { type, limits }, { report }) => {
    const { range, log_normal, gaussian } = entry[name] ?? {};
    if (log_normal !== undefined && gaussian !== undefined) {
      report([name], 'expected one of log_normal and gaussian, found both');
      return undefined;
    }
    const shape = numberShape(log_normal, gaussian);
    const [lowest, highest] = typeRange(type);
    const usual = shape.kind === 'uniform' ? 1_000 : highest;
    const [min, max] = range ?? [
      Math.max(lowest, limits?.min ?? (shape.kind === 'gaussian' ? lowest : 0)),
      Math.min(highest, limits?.max ?? usual),
    ];
    return checkRange([name, 'range'], { min, max, lowest, highest, type }, report)
      ? { kind: 'number', min, max, shape: rankedShape(shape, entry) }
      : undefined;
  };
}

/** A distribution over the range; with `n_distinct` it is one of the values that are asked for. */
function rankedShape(shape: NumberShape, { distribution, n_distinct }: ValueEntry): NumberShape {
  const isRanked = shape.kind === 'uniform' && distribution !== undefined && n_distinct === undefined;
  return isRanked ? { kind: 'ranked', distribution: readDistribution(distribution) } : shape;
}

function numberShape(
  logNormal: readonly [number, number] | undefined,
  gaussian: readonly [number, number] | undefined,
): NumberShape {
  if (logNormal !== undefined) return { kind: 'log_normal', mu: logNormal[0], sigma: logNormal[1] };
  return gaussian === undefined
    ? { kind: 'uniform' }
    : { kind: 'gaussian', mean: gaussian[0], deviation: gaussian[1] };
}

interface RangeCheck {
  readonly min: number;
  readonly max: number;
  readonly lowest: number;
  readonly highest: number;
  readonly type: ColumnType;
}

function checkRange(
  path: readonly string[],
  { min, max, lowest, highest, type }: RangeCheck,
  report: Report,
): boolean {
  if (min > max) report(path, `expected [smallest, largest], found [${min}, ${max}]`);
  else if (min < lowest || max > highest)
    report(path, `${typeName(type)} holds ${lowest} to ${highest}, found [${min}, ${max}]`);
  else return true;
  return false;
}
