import { curveOf } from '../curve.ts';
import { shareOf } from '../fan-out.ts';
import type { NumberGenerator } from '../generator.ts';

import { unitsPerOne } from './numbers.ts';
import { even, type OrderedSources, type Place } from './ordered-sources.ts';

/** Whole numbers in a range up to this size are counted out, so that their ties are known. */
const SMALL_RANGE = 1_000;

export function orderedNumbers(
  { min, max, shape }: NumberGenerator,
  { scope, distinct }: Place,
): OrderedSources {
  const { rows, type } = scope;
  const curve = curveOf(shape, min, max);
  if (type.kind === 'float4' || type.kind === 'float8') {
    const round =
      type.kind === 'float4' ? (value: number) => Number(value.toPrecision(6)) : (value: number) => value;
    return even((source) => round(clip(curve.quantile((source + 0.5) / rows), min, max)), 24, rows);
  }
  const unit = unitsPerOne(type);
  const low = Math.ceil(min * unit);
  const high = Math.floor(max * unit);
  const span = high - low + 1;
  if (distinct || span <= SMALL_RANGE) {
    const [first, size] = distinct ? inhabited([low, high], unit, rows, curve.quantile) : [low, span];
    const count = distinct ? rows : span;
    const valueOf = (source: number): number => first + shareOf(source, size, count);
    return {
      cell: { value: valueOf, maxBytes: 24 },
      count,
      weights:
        shape.kind === 'uniform' || shape.kind === 'ranked'
          ? undefined
          : Float64Array.from({ length: count }, (_, source) => {
              const from = source === 0 ? 0 : curve.share((valueOf(source) - 0.5) / unit);
              const to = source === count - 1 ? 1 : curve.share((valueOf(source + 1) - 0.5) / unit);
              return Math.max(1e-12, to - from);
            }),
    };
  }
  return even(
    (source) => clip(Math.round(curve.quantile((source + 0.5) / rows) * unit), low, high),
    24,
    rows,
  );
}

/** Where all but a ten-thousandth of the values are: a sparse tail would take most of the different values. */
function inhabited(
  [low, high]: readonly [number, number],
  unit: number,
  values: number,
  quantile: (u: number) => number,
): readonly [first: number, size: number] {
  const first = clip(Math.floor(quantile(0.00005) * unit), low, high);
  const last = clip(Math.ceil(quantile(0.99995) * unit), low, high);
  return last - first < values ? [low, high - low + 1] : [first, last - first + 1];
}

const clip = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
