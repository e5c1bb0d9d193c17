import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';

/*
 * `Axis`: what one direction of a chart means; `positionsOn`: its scale and ticks, for a length in pixels. Values are plain numbers: milliseconds
 * where time is meant (`elapsed` since a start, `date` since 1970).
 */

export interface Axis {
  readonly kind: 'linear' | 'log' | 'elapsed' | 'date';
  /** With its unit where the ticks do not name it; empty: none is written. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** Shown at least from and to; more where the data need it. */
  readonly from?: number;
  readonly to?: number;
  /** The ends are `from` and `to`, else the data's own: not rounded outwards, and what lies beyond is cut off. */
  readonly exact?: boolean;
}

export interface Positions {
  /** Pixels from the start of the axis. */
  readonly at: (value: number) => number;
  readonly domain: readonly [number, number];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** `length` may be negative: then the axis runs upwards. About one tick in `room` pixels. */
export function positionsOn(axis: Axis, values: readonly number[], length: number, room: number): Positions {
  const extent = extentOf(axis, values);
  const range = length < 0 ? [-length, 0] : [0, length];
  const wanted = Math.max(2, Math.floor(Math.abs(length) / room));
  const scale =
    axis.kind === 'log'
      ? scaleLog(extent, range).clamp(true)
      : axis.kind === 'date'
        ? scaleUtc(extent, range)
        : scaleLinear(extent, range);
  if (axis.exact !== true) scale.nice();
  const [low = 0, high = 1] = scale.domain().map(Number);
  const at = (value: number): number =>
    scale(Math.min(axis.exact === true ? high : Infinity, Math.max(low, value)));
  const ticks = ticksOf(axis, [low, high], scale.ticks(wanted).map(Number), wanted);
  return {
    at,
    domain: [low, high],
    ticks: ticks.map((value) => ({ at: at(value), label: axis.format(value) })),
  };
}

function extentOf(axis: Axis, values: readonly number[]): [number, number] {
  const { from, to, exact } = axis;
  const isFixed = exact === true && from !== undefined && to !== undefined && from < to;
  return isFixed ? [from, to] : extentOfData(axis, values);
}

/** Never empty: an axis without data still has a direction. */
function extentOfData({ kind, from, to }: Axis, values: readonly number[]): [number, number] {
  const shown = [...(from === undefined ? [] : [from]), ...(to === undefined ? [] : [to])];
  let [low, high] = [Infinity, -Infinity];
  for (const value of [...shown, ...values]) {
    if (!Number.isFinite(value) || (kind === 'log' && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return kind === 'log' ? [1, 10] : [0, 1];
  if (low < high) return [low, high];
  return kind === 'log' ? [low / 2, low * 2] : [Math.min(low, 0), high <= 0 ? low + 1 : high];
}

function ticksOf(
  { kind }: Axis,
  [low, high]: readonly [number, number],
  proposed: readonly number[],
  wanted: number,
): readonly number[] {
  if (kind === 'elapsed') return elapsedTicks(low, high, wanted);
  return kind === 'log' ? logTicks(low, high, wanted) : proposed;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Steps that people count time in. */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((of) => of * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((of) => of * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((of) => of * HOUR),
];

function elapsedTicks(low: number, high: number, wanted: number): readonly number[] {
  const step =
    STEPS.find((one) => (high - low) / one <= wanted) ?? Math.ceil((high - low) / wanted / HOUR) * HOUR;
  const first = Math.ceil(low / step) * step;
  return Array.from(
    { length: Math.max(0, Math.floor((high - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

/** Powers of ten; with 2 and 5 between them where there is room; every second or third one where there is none. */
function logTicks(low: number, high: number, wanted: number): readonly number[] {
  const powers = Math.log10(high / low);
  const every = Math.max(1, Math.ceil(powers / wanted));
  const within = powers * 3 <= wanted ? [1, 2, 5] : [1];
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.ceil(powers) + 2 }, (_, index) => first + index)
    .filter((power) => (power - first) % every === 0)
    .flatMap((power) => within.map((digit) => digit * 10 ** power))
    .filter((value) => value >= low * 0.999 && value <= high * 1.001);
}
