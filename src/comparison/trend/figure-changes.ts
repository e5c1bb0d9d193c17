import { changePoints, median } from '../../statistics/index.ts';

import type { FigureChange, FigureTrend, FigureValue, TrendRun } from './model.ts';

/** What a change must exceed to be told: a tenth, and more than a difference that nobody feels. */
const LEAST_SHARE = 0.1;
const FLOORS: Readonly<Record<FigureTrend['unit'], number>> = { milliseconds: 2, count: 0.5 };

/** The nights on which the level of a figure changed, with the medians on both sides. Runs that can not be believed are passed over. */
export function figureChanges(figure: FigureTrend, runs: readonly TrendRun[]): readonly FigureChange[] {
  const { id, title, unit } = figure;
  const points = figure.values.flatMap((value, run) =>
    value === null || runs[run]?.believable !== true ? [] : [{ run, value: numberOf(value) }],
  );
  const values = points.map(({ value }) => value);
  const cuts = withoutSmall(changePoints(values, FLOORS[unit]), values, FLOORS[unit]);
  return cuts.flatMap((cut, index) => {
    const run = points[cut]?.run ?? 0;
    const { before, after } = sides(cuts, index, values);
    const at = runs[run]?.startedAt;
    return at === undefined
      ? []
      : [
          {
            figure: id,
            title,
            unit,
            direction: after > before ? 'worse' : 'better',
            at,
            run,
            before: valueOf(before),
            after: valueOf(after),
          },
        ];
  });
}

/** Takes out the smallest change that nobody would notice, as long as there is one: its sides become one level. */
function withoutSmall(cuts: readonly number[], values: readonly number[], floor: number): readonly number[] {
  const sizes = cuts.map((cut, index) => ({ cut, size: sizeOf(sides(cuts, index, values), floor) }));
  const [smallest] = sizes.toSorted((one, other) => one.size - other.size);
  if (smallest === undefined || smallest.size > 1) return cuts;
  return withoutSmall(
    cuts.filter((cut) => cut !== smallest.cut),
    values,
    floor,
  );
}

interface Sides {
  readonly before: number;
  readonly after: number;
}

function sides(cuts: readonly number[], index: number, values: readonly number[]): Sides {
  const cut = cuts[index] ?? 0;
  return {
    before: median(values.slice(index === 0 ? 0 : cuts[index - 1], cut)),
    after: median(values.slice(cut, cuts[index + 1])),
  };
}

/** In multiples of the least change that is told. */
function sizeOf({ before, after }: Sides, floor: number): number {
  return before === after
    ? 0
    : Math.abs(after - before) / Math.max(floor, LEAST_SHARE * Math.min(before, after));
}

const numberOf = (value: Exclude<FigureValue, null>): number => (value === 'no end' ? Infinity : value);
const valueOf = (value: number): FigureValue => (Number.isFinite(value) ? value : 'no end');
