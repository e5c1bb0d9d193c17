import type { ComparedStatement, IntervalCell, Result, Severity } from '../result/index.ts';
import { LatencyHistogram, percentileRatio, randomKey, type RatioInterval } from '../statistics/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

import { aloneSentence, aloneIn } from './alone.ts';
import { changedTables } from './changed-tables.ts';
import type { Detector, Observed } from './observed.ts';

/** Fewer arrivals, or seconds of them, can not tell a difference from a busy moment. */
const ENOUGH_ARRIVALS = 100;
const ENOUGH_BLOCKS = 3;
/** What the migration had held up drains first. */
const SETTLING = milliseconds(1_000);
/** As long as this percentile has to be, and the interval of the ratio to be beyond, to count: large, and not noise. */
const MARGINS = [
  { percent: 50, ratio: 1.5, difference: 1, low: 1.2 },
  { percent: 95, ratio: 2, difference: 5, low: 1.3 },
] as const;
/** What all transactions share is the machine's, or the whole server's. */
const SHARED = 1.3;

/** Transactions that the server needs longer for in the recovery than in the baseline. Service times, so that no queue of the migration counts. */
export const slowerAfter: Detector = ({ result }) => {
  const compared = comparisons(result);
  return compared.flatMap((one) => {
    const place = one.ratios.findIndex(exceeds);
    const worst = one.ratios[place];
    const others = compared.filter((other) => other !== one).flatMap(({ ratios }) => ratios[place] ?? []);
    return worst === undefined
      ? []
      : [
          slower(one, {
            ...worst,
            place,
            others: middle(others.map(({ ratio }) => ratio)),
            isTouched: isTouched(result, one.title),
            alone: aloneIn(result, one.title),
          }),
        ];
  });
};

interface Worst extends RatioInterval {
  /** Among the margins. */
  readonly place: number;
  /** The same ratio of the other transactions. */
  readonly others: number;
  /** Whether its statements use what the migration changed; true where that is not known. */
  readonly isTouched: boolean;
  /** Its statements as they were tried alone. */
  readonly alone: readonly ComparedStatement[];
}

function isTouched(result: Result, title: string): boolean {
  const own = result.aftermath?.transactionTables.find(
    ({ workload, transaction }) => title === transaction || title === `${workload}/${transaction}`,
  );
  const changed = changedTables(result);
  return own === undefined || own.relations.some((relation) => changed.has(relation));
}

interface Comparison {
  readonly title: string;
  readonly arrivals: { readonly before: number; readonly after: number };
  /** In the order of the margins. */
  readonly ratios: readonly RatioInterval[];
}

function comparisons(result: Result): readonly Comparison[] {
  const recovery = result.phases.find(({ name }) => name === 'recovery');
  if (recovery === undefined) return [];
  const settled = recovery.startedAt + SETTLING;
  const isLate = ({ interval }: IntervalCell): boolean => interval * result.timeline.interval >= settled;
  const isNamed = result.scenario.workloads.length > 1;
  const titleOf = ({ workload, transaction }: IntervalCell): string =>
    isNamed ? `${workload}/${transaction}` : transaction;
  return [...new Set(result.intervals.map(titleOf))].flatMap((title) => {
    const own = result.intervals.filter((cell) => titleOf(cell) === title && cell.completed > 0);
    const before = own.filter(({ phase }) => phase === 'baseline');
    const after = own.filter((cell) => cell.phase === 'recovery' && isLate(cell));
    return [before, after].every(isEnough) ? [compare(title, before, after)] : [];
  });
}

const completedIn = (cells: readonly IntervalCell[]): number =>
  cells.reduce((sum, { completed }) => sum + completed, 0);

const isEnough = (cells: readonly IntervalCell[]): boolean =>
  cells.length >= ENOUGH_BLOCKS && completedIn(cells) >= ENOUGH_ARRIVALS;

function compare(title: string, before: readonly IntervalCell[], after: readonly IntervalCell[]): Comparison {
  const blocks = (cells: readonly IntervalCell[]) =>
    cells.map(({ service }) => LatencyHistogram.decode(service));
  const [then, now] = [blocks(before), blocks(after)];
  return {
    title,
    arrivals: { before: completedIn(before), after: completedIn(after) },
    ratios: MARGINS.map(({ percent }) =>
      percentileRatio(then, now, percent, randomKey(0, 'slower-after', title, percent)),
    ),
  };
}

function exceeds({ before, after, ratio, low }: RatioInterval, index: number): boolean {
  const margin = MARGINS[index];
  return (
    margin !== undefined && ratio >= margin.ratio && after - before >= margin.difference && low >= margin.low
  );
}

function slower({ title, arrivals, ratios }: Comparison, worst: Worst): Observed {
  const shared = worst.others * SHARED >= worst.ratio;
  const slowerAlone = worst.alone.filter(({ verdict }) => verdict === 'slower');
  // In the traffic and alone: neither the traffic nor the machine is to blame.
  const settles = (shared || !worst.isTouched) && slowerAlone.length === 0;
  return {
    severity: settles ? 'info' : severityOf(worst),
    title: `${title} takes longer after the migration: ${percentName(worst.place)} service time ${times(worst.ratio)} that of the baseline`,
    evidence: [
      ...ratios.map(
        ({ before, after, low, high }, place) =>
          `${percentName(place)} service time ${formatDuration(milliseconds(before))} in the baseline, ${formatDuration(milliseconds(after))} in the recovery (${times(low)} to ${times(high)}, as seconds differ)`,
      ),
      `${formatCount(arrivals.before)} arrivals before, ${formatCount(arrivals.after)} after`,
      ...(shared ? [`the other transactions took ${times(worst.others)} as long as well`] : []),
      ...(worst.isTouched
        ? []
        : [
            'none of its statements uses a table that the migration changed: the server may still be busy with what the migration wrote',
          ]),
      ...aloneEvidence(worst.alone, slowerAlone),
    ],
    safer:
      'look at the plans of its statements before and after; refresh the statistics of what the migration wrote (ANALYZE), and let caches and autovacuum settle in a longer recovery phase',
  };
}

function aloneEvidence(
  alone: readonly ComparedStatement[],
  slowerAlone: readonly ComparedStatement[],
): readonly string[] {
  if (slowerAlone.length > 0) return slowerAlone.map(aloneSentence);
  const compared = alone.filter(({ verdict }) => verdict !== 'not-comparable');
  return compared.length === 0
    ? []
    : ['tried alone on the quiet database, none of its statements takes longer than before'];
}

const percentName = (place: number): string => `p${MARGINS[place]?.percent ?? ''}`;

/** Three times as long, and felt: the pool will feel it too. */
const severityOf = ({ before, after, ratio }: RatioInterval): Severity =>
  ratio >= 3 && after - before >= 10 ? 'danger' : 'warning';

const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;

/** 1 where there is nothing to compare with. */
function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
}
