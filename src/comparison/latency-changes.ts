import type { ChangeVerdict, LatencyChange, PercentileChange } from './comparison-file.ts';
import { cellName, PERCENTS, type LatencyCell } from './latency-cells.ts';
import { estimate, mean, restlessness, type Estimate, type Sample } from './noise.ts';

/** The cells of one run, by name. */
export type RunCells = ReadonlyMap<string, LatencyCell>;

/** A change below either of them is none that matters. */
export interface Floor {
  /** 1.1: by a tenth. */
  readonly ratio: number;
  readonly milliseconds: number;
}

/** A percentile rests on the arrivals beyond it: p99 needs 500. */
const LEAST_BEYOND = 5;
const LEAST_ARRIVALS = 50;
/** Intervals of a run, to know its spread. */
const LEAST_BLOCKS = 4;

export interface LatencyChanges {
  readonly latencies: readonly LatencyChange[];
  readonly judged: number;
  /** By percentile. */
  readonly restlessness: Readonly<Record<string, number>>;
}

export function latencyChanges(
  before: readonly RunCells[],
  after: readonly RunCells[],
  floor: Floor,
): LatencyChanges {
  const known = new Map([...before, ...after].flatMap((run) => [...run]));
  const pairs = [...known.values()].map((cell) => pairOf(cell, before, after));
  const samples = PERCENTS.map((_, place) => pairs.flatMap((pair) => sampleOf(pair, place) ?? []));
  const factors = samples.map(restlessness);
  const judged = samples.reduce((sum, some) => sum + some.length, 0);
  const changeOf = (pair: Pair, place: number): PercentileChange => {
    const sample = sampleOf(pair, place);
    const measured = sample && estimate(sample, factors[place] ?? 1, judged);
    return percentileChange(pair, place, measured, floor);
  };
  return {
    latencies: pairs.map((pair) => ({
      ...pair.title,
      completed: { before: completedIn(pair.before), after: completedIn(pair.after) },
      percentiles: PERCENTS.map((_, place) => changeOf(pair, place)),
      longest: { before: longestIn(pair.before), after: longestIn(pair.after) },
    })),
    judged,
    restlessness: Object.fromEntries(
      PERCENTS.flatMap((percent, place) =>
        samples[place]?.length === 0 ? [] : [[`p${percent}`, factors[place] ?? 1]],
      ),
    ),
  };
}

/** What the runs of each side say of the same transaction in the same phase. */
interface Pair {
  readonly title: Pick<LatencyCell, 'workload' | 'transaction' | 'phase'>;
  readonly before: readonly LatencyCell[];
  readonly after: readonly LatencyCell[];
  /** A run of either side knows nothing of it. */
  readonly gap: boolean;
}

function pairOf(
  { workload, transaction, phase }: LatencyCell,
  before: readonly RunCells[],
  after: readonly RunCells[],
): Pair {
  const title = { workload, transaction, phase };
  const own = (runs: readonly RunCells[]) => runs.flatMap((run) => run.get(cellName(title)) ?? []);
  const sides = { before: own(before), after: own(after) };
  return {
    title,
    ...sides,
    gap: sides.before.length < before.length || sides.after.length < after.length,
  };
}

/** Undefined where there is too little to judge, or an end is missing. */
function sampleOf({ before, after, gap }: Pair, place: number): Sample | undefined {
  const cells = [...before, ...after];
  const enough =
    !gap &&
    [before, after].every((side) => isEnough(side, PERCENTS[place] ?? 100)) &&
    cells.every(({ values }) => Number.isFinite(values[place]));
  if (!enough) return undefined;
  return {
    before: logsOf(before, place),
    after: logsOf(after, place),
    spreads: cells.map(({ spreads }) => spreads[place] ?? 0),
  };
}

/** Several runs of a side help each other out, as long as the percentile is not the longest time of one of them. */
const isEnough = (side: readonly LatencyCell[], percent: number): boolean =>
  completedIn(side) >= leastArrivals(percent) &&
  side.every(({ completed, blocks }) => completed * (100 - percent) >= 100 && blocks >= LEAST_BLOCKS);

export const leastArrivals = (percent: number): number =>
  Math.max(LEAST_ARRIVALS, Math.round((100 * LEAST_BEYOND) / (100 - percent)));

/** Never 0, so that it has a logarithm. */
const logsOf = (cells: readonly LatencyCell[], place: number): readonly number[] =>
  cells.map(({ values }) => Math.log(Math.max(0.001, values[place] ?? 0)));

function percentileChange(
  pair: Pair,
  place: number,
  measured: Estimate | undefined,
  floor: Floor,
): PercentileChange {
  const percent = PERCENTS[place] ?? 100;
  const [before, after] = [middleOf(pair.before, place), middleOf(pair.after, place)];
  const ends = {
    ...(before === undefined ? {} : { before: inJson(before) }),
    ...(after === undefined ? {} : { after: inJson(after) }),
  };
  if (measured === undefined || before === undefined || after === undefined)
    return { percent, ...ends, verdict: withoutEstimate(before, after) };
  const { change, margin } = measured;
  return {
    percent,
    ...ends,
    ratio: {
      value: Math.exp(change),
      low: Math.exp(change - margin),
      high: Math.exp(change + margin),
    },
    verdict: isNoise(measured, Math.abs(after - before), floor)
      ? 'no-difference'
      : change > 0
        ? 'worse'
        : 'better',
  };
}

const isNoise = ({ change, margin }: Estimate, difference: number, floor: Floor): boolean =>
  Math.abs(change) <= margin || Math.abs(change) < Math.log(floor.ratio) || difference < floor.milliseconds;

/** That arrivals never ended on one side only is no noise. */
function withoutEstimate(before: number | undefined, after: number | undefined): ChangeVerdict {
  if (
    before === undefined ||
    after === undefined ||
    before === after ||
    (Number.isFinite(before) && Number.isFinite(after))
  )
    return 'not-enough-data';
  return after > before ? 'worse' : 'better';
}

/** The geometric mean of the runs: the ratio of two of them is the mean of the ratios. */
function middleOf(cells: readonly LatencyCell[], place: number): number | undefined {
  return cells.length === 0 ? undefined : Math.exp(mean(logsOf(cells, place)));
}

const inJson = (value: number): number | null => (Number.isFinite(value) ? value : null);

const completedIn = (cells: readonly LatencyCell[]): number =>
  cells.reduce((sum, { completed }) => sum + completed, 0);

const longestIn = (cells: readonly LatencyCell[]): number | null =>
  inJson(Math.max(0, ...cells.map(({ longest }) => longest)));
