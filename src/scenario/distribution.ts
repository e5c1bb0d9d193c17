import { parseNumber } from '../units.ts';

/** As in `statistics`, which this room does not import; the shapes are checked against each other in `plan`. */
export type Distribution =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'zipfian'; readonly exponent: number }
  | { readonly kind: 'exponential'; readonly rate: number }
  | { readonly kind: 'gaussian'; readonly spread: number };

export interface KeyDraw {
  readonly distribution: Distribution;
  readonly latest: boolean;
}

/** Words after `table.column`: nothing, `uniform`, `zipfian 1.1`, `latest 1.1`, `gaussian 3`, `exponential 5`. */
const DRAWS: Readonly<
  Record<
    string,
    { readonly defaultShape: number; readonly least?: number; readonly make: (shape: number) => KeyDraw }
  >
> = {
  uniform: { defaultShape: 1, make: () => ({ distribution: { kind: 'uniform' }, latest: false }) },
  zipfian: {
    defaultShape: 1.1,
    make: (exponent) => ({ distribution: { kind: 'zipfian', exponent }, latest: false }),
  },
  latest: {
    defaultShape: 1.1,
    make: (exponent) => ({ distribution: { kind: 'zipfian', exponent }, latest: true }),
  },
  gaussian: {
    defaultShape: 3,
    // As in pgbench: below, most draws would fall outside of the range and be made again.
    least: 2,
    make: (spread) => ({ distribution: { kind: 'gaussian', spread }, latest: false }),
  },
  exponential: {
    defaultShape: 5,
    make: (rate) => ({ distribution: { kind: 'exponential', rate }, latest: false }),
  },
};

export const DRAW_NAMES = Object.keys(DRAWS);

const drawNamed = (name: string) => (Object.hasOwn(DRAWS, name) ? DRAWS[name] : undefined);

export function parseKeyDraw(name: string, shape: string | undefined): KeyDraw | undefined {
  const draw = drawNamed(name);
  const value = shape === undefined ? draw?.defaultShape : parseNumber(shape);
  if (draw === undefined || value === undefined || value <= 0 || value < (draw.least ?? 0)) return undefined;
  return draw.make(value);
}

/** What a draw of this name takes; undefined: there is none. */
export function shapeHint(name: string): string | undefined {
  const draw = drawNamed(name);
  if (draw === undefined) return undefined;
  return `${name} takes one number ${draw.least === undefined ? 'above 0' : `of at least ${draw.least}`}`;
}
