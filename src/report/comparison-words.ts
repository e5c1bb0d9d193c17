import {
  leastArrivals,
  type Comparison,
  type ComparisonVerdict,
  type FactChange,
  type LatencyChange,
  type PercentileChange,
} from '../comparison/index.ts';
import { formatCount, formatDuration, formatPercent, milliseconds } from '../units.ts';

import type { Style } from './style.ts';

interface ComparisonLabel {
  readonly word: string;
  readonly style: Style;
  readonly symbol: string;
}

export const COMPARISON_LABELS: Readonly<Record<ComparisonVerdict, ComparisonLabel>> = {
  worse: { word: 'WORSE', style: 'red', symbol: '❌' },
  better: { word: 'BETTER', style: 'green', symbol: '✅' },
  'no-difference': { word: 'NO DIFFERENCE', style: 'green', symbol: '✅' },
  'not-enough-data': { word: 'NOT ENOUGH DATA', style: 'yellow', symbol: '⚠️' },
  'not-comparable': { word: 'NOT COMPARABLE', style: 'yellow', symbol: '⚠️' },
};

/** `orders-safe (3 runs) against orders-naive (3 runs)`. */
export function sidesSentence({ baseline, candidate }: Comparison): string {
  const side = ({ scenario, runs }: Comparison['baseline']): string =>
    `${scenario} (${runs.length} ${runs.length === 1 ? 'run' : 'runs'})`;
  return `${side(candidate)} against ${side(baseline)}`;
}

/** Why there is nothing to compare, and how it can be done all the same. */
export function obstacles({ baseline, candidate, disparities, verdict }: Comparison): readonly string[] {
  if (verdict !== 'not-comparable') return [];
  const open = disparities.filter(({ allowed }) => !allowed);
  const aspects = [...new Set(open.map(({ aspect }) => aspect))].join(' ');
  return [
    ...(baseline.runs.length === 0 ? ['the baseline has no run that can be compared'] : []),
    ...(candidate.runs.length === 0 ? ['the candidate has no run that can be compared'] : []),
    ...open.map(({ sentence }) => sentence),
    ...(aspects === '' ? [] : [`to compare all the same: --despite ${aspects}`]),
  ];
}

/** Runs that were left out, differences that are known, and what was changed on purpose. */
export function remarks({ baseline, candidate, disparities, notes }: Comparison): readonly string[] {
  return [
    ...[...baseline.leftOut, ...candidate.leftOut].map(({ file, why }) => `not compared: ${file}, ${why}`),
    ...disparities.filter(({ allowed }) => allowed).map(({ sentence }) => `${sentence}, as was allowed`),
    ...notes,
  ];
}

/** Everything that became worse, or better; facts first, then the largest change of a percentile. */
export function changeSentences(comparison: Comparison, verdict: 'worse' | 'better'): readonly string[] {
  const facts = comparison.facts.filter((fact) => fact.verdict === verdict).map(factSentence);
  const changes = comparison.latencies
    .flatMap((row) => row.percentiles.map((change) => ({ row, change })))
    .filter(({ change }) => change.verdict === verdict)
    .sort((one, other) => sizeOf(other.change) - sizeOf(one.change));
  return [...facts, ...changes.map(({ row, change }) => percentileSentence(comparison, row, change))];
}

const sizeOf = ({ ratio }: PercentileChange): number =>
  ratio === undefined ? Infinity : Math.abs(Math.log(ratio.value));

/** `failed arrivals of place_order in the migration phase (lock_timeout): 0 → 12`. */
export const factSentence = ({ subject, unit, before, after }: FactChange): string =>
  `${subject}: ${FACT_VALUES[unit](before)} → ${FACT_VALUES[unit](after)}`;

const FACT_VALUES: Readonly<Record<FactChange['unit'], (value: number) => string>> = {
  runs: formatCount,
  count: (value) => (Number.isInteger(value) ? formatCount(value) : value.toFixed(1)),
  duration: (value) => formatDuration(milliseconds(value)),
};

function percentileSentence(comparison: Comparison, row: LatencyChange, change: PercentileChange): string {
  const { percent, ratio } = change;
  const interval =
    ratio === undefined ? '' : `, ${times(ratio.value)} (${times(ratio.low)} to ${times(ratio.high)})`;
  return `p${percent} response time of ${titleOf(comparison, row)} in the ${row.phase} phase: ${endsText(change)}${interval}`;
}

const times = (ratio: number): string =>
  `× ${ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(ratio < 10 ? 2 : 0)}`;

export function titleOf({ latencies }: Comparison, { workload, transaction }: LatencyChange): string {
  return new Set(latencies.map((row) => row.workload)).size > 1 ? `${workload}/${transaction}` : transaction;
}

export const endsText = ({
  before,
  after,
}: {
  readonly before?: number | null | undefined;
  readonly after?: number | null | undefined;
}): string => `${lengthText(before)} → ${lengthText(after)}`;

function lengthText(value: number | null | undefined): string {
  if (value === undefined) return '–';
  return value === null ? 'no end' : formatDuration(milliseconds(value));
}

/** Beside the two ends: `+19 %`, `~`, or `?` where there were too few arrivals. */
export function markOf({ verdict, ratio, before, after }: PercentileChange): string {
  if (verdict === 'not-enough-data') return before === undefined && after === undefined ? '' : '?';
  if (verdict === 'no-difference') return '~';
  if (ratio === undefined) return verdict;
  const share = ratio.value - 1;
  if (share >= 1) return times(ratio.value);
  return `${share > 0 ? '+' : '−'}${formatPercent(Math.abs(Math.round(share * 100) / 100))}`;
}

/** What the table means and what it could not have seen. */
export function methodSentences({ method, latencies, baseline, candidate }: Comparison): readonly string[] {
  const { floor, judged } = method;
  if (latencies.length === 0) return [];
  const all = latencies.flatMap(({ percentiles }) => percentiles);
  const equal = all.filter(({ verdict }) => verdict === 'no-difference').length;
  const single = baseline.runs.length + candidate.runs.length < 4;
  return [
    `${equal} of ${judged} percentiles show no difference (~): less than ${formatPercent(floor.ratio - 1)} or ${formatDuration(milliseconds(floor.milliseconds))}, or within the noise of the runs${visible(all)}`,
    ...(all.some(({ verdict }) => verdict === 'not-enough-data')
      ? [
          `? too few arrivals to judge: p99 takes ${formatCount(leastArrivals(99))} in a phase, p50 ${leastArrivals(50)}`,
        ]
      : []),
    ...(single
      ? [
          'one run a side shows large changes only; several show smaller ones: rehearse run --repeat 5 --baseline …',
        ]
      : []),
  ];
}

/** The change that the middle one of the judged percentiles would have had to be seen. */
function visible(changes: readonly PercentileChange[]): string {
  const margins = changes
    .flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio.high / ratio.value - 1]))
    .sort((one, other) => one - other);
  const middle = margins[Math.floor(margins.length / 2)];
  return middle === undefined
    ? ''
    : `; half of them would have shown a change of ${formatPercent(Math.round(middle * 100) / 100)}`;
}
