import type { Override } from '../document/index.ts';
import { Failure } from '../errors.ts';

export interface OverrideOptions {
  readonly set: readonly string[];
  readonly scale: string | undefined;
  readonly seed: string | undefined;
}

/** `--set traffic.rate=100/s`, `--scale 0.01`, `--seed 7`. Throws `Failure('usage')`. */
export function overridesOf({ set, scale, seed }: OverrideOptions): Override[] {
  return [
    ...set.map(parseSet),
    ...(scale === undefined ? [] : [{ path: ['scale'], value: scale, written: `--scale ${scale}` }]),
    ...(seed === undefined ? [] : [{ path: ['seed'], value: seed, written: `--seed ${seed}` }]),
  ];
}

/** A threshold's key may have labels: `thresholds.failed{phase:migration}=rate < 1%`. */
const PATH_AND_VALUE = /^([\w-]+(?:\.[\w-]+(?:\{[^{}]*\})?)*)=(.*)$/s;

function parseSet(written: string): Override {
  const [, path, value] = PATH_AND_VALUE.exec(written) ?? [];
  if (path === undefined || value === undefined) {
    throw new Failure('usage', {
      message: `--set expects path=value, found ${JSON.stringify(written)}`,
      hint: 'for example --set traffic.rate=100/s or --set phases.baseline=30s',
    });
  }
  return { path: path.split('.'), value, written: `--set ${written}` };
}
