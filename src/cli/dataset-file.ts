import { resolveDataset, type ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import { parseNumber } from '../units.ts';

import type { DatasetArguments } from './dataset-options.ts';
import { loadDatasetFile } from './files.ts';
import { overridesOf } from './overrides.ts';

/** Throws `Failure('file.invalid')` with every issue, or `usage`. */
export function loadDataset({ file, set, scale, seed }: DatasetArguments): ResolvedDataset {
  const overrides = overridesOf({ set, scale: undefined, seed });
  return resolveDataset(loadDatasetFile(file, overrides), { scale: scaleOf(scale) });
}

function scaleOf(text: string | undefined): number {
  const scale = text === undefined ? 1 : parseNumber(text);
  if (scale !== undefined && scale > 0) return scale;
  throw new Failure('usage', {
    message: `--scale expects a number above 0, found ${JSON.stringify(text)}`,
  });
}

export function countOf(name: string, text: string, most: number): number {
  const count = parseNumber(text);
  if (count !== undefined && Number.isInteger(count) && count > 0 && count <= most) return count;
  throw new Failure('usage', {
    message: `--${name} expects a whole number from 1 to ${most}, found ${JSON.stringify(text)}`,
  });
}
