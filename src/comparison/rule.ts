import { Failure } from '../errors.ts';
import type { Result } from '../result/index.ts';
import {
  metricOf,
  parseThreshold,
  type Comparison,
  type MetricUnit,
  type Quantity,
  type Threshold,
  type ThresholdText,
} from '../threshold/index.ts';
import { formatCount, formatDuration, formatPercent, milliseconds } from '../units.ts';

import { amount, noData, type Evidence, type Measure } from './measure.ts';
import { measure } from './meters.ts';

/** One limit, held against what was measured. */
export interface Ruling {
  readonly threshold: Threshold;
  readonly outcome: 'met' | 'broken' | 'no-data';
  /** For people: `6.9 s`, `0.4 % (12 of 3000)`. */
  readonly measured: string;
  /** For people: `< 1 s`. */
  readonly limit: string;
}

/** `transaction:*` becomes one threshold for each transaction of the traffic. Throws `Failure('file.invalid')`. */
export function readThresholds(texts: readonly ThresholdText[], result: Result): readonly Threshold[] {
  const names = [...new Set(result.transactions.map(({ name }) => name))];
  return texts.map(readThreshold).flatMap((threshold) => {
    const { metric, labels } = threshold.selector;
    if (labels.transaction !== '*' || names.length === 0) return [threshold];
    return names.map((transaction) => ({
      ...threshold,
      selector: { metric, labels: { ...labels, transaction } },
    }));
  });
}

/** The scenario was checked when it was read; only a report file edited by hand gets here with a mistake. */
function readThreshold({ selector, condition }: ThresholdText): Threshold {
  const parsed = parseThreshold(selector, condition);
  if (parsed.ok) return parsed.value;
  throw new Failure('file.invalid', {
    message: parsed.message,
    where: `${selector}: ${condition}`,
    hint: parsed.hint,
  });
}

export function rule(evidence: Evidence, threshold: Threshold): Ruling {
  const { selector, condition } = threshold;
  const found = measure(evidence, selector, condition.aggregate);
  const limit = limitOf(evidence, threshold);
  const unit = metricOf(selector.metric).aggregates[condition.aggregate.kind] ?? 'count';
  if (limit.kind === 'no-data') return { threshold, outcome: 'no-data', measured: limit.why, limit: '' };
  const limitText = `${SIGNS[condition.comparison]}${withNote(unit, limit)}`;
  if (found.kind === 'no-data')
    return { threshold, outcome: 'no-data', measured: found.why, limit: limitText };
  const holds = HOLDS[condition.comparison](found.value, limit.value);
  return { threshold, outcome: holds ? 'met' : 'broken', measured: withNote(unit, found), limit: limitText };
}

/** `must be 0`, not `must be == 0`. */
const SIGNS: Readonly<Record<Comparison, string>> = {
  '<': '< ',
  '<=': '≤ ',
  '>': '> ',
  '>=': '≥ ',
  '==': '',
  '!=': 'other than ',
};

const HOLDS: Readonly<Record<Comparison, (found: number, limit: number) => boolean>> = {
  '<': (found, limit) => found < limit,
  '<=': (found, limit) => found <= limit,
  '>': (found, limit) => found > limit,
  '>=': (found, limit) => found >= limit,
  '==': (found, limit) => found === limit,
  '!=': (found, limit) => found !== limit,
};

function limitOf(evidence: Evidence, { selector, condition }: Threshold): Measure {
  const { limit, aggregate } = condition;
  if (limit.kind === 'fixed') return amount(plain(limit.quantity));
  const baseline = measure(
    evidence,
    { ...selector, labels: { ...selector.labels, phase: 'baseline' } },
    aggregate,
  );
  if (baseline.kind === 'no-data') return noData(`no baseline: ${baseline.why}`);
  if (!Number.isFinite(baseline.value)) return noData(`no baseline: ${baseline.note ?? ''}`);
  const multiple = limit.factor * baseline.value;
  const floor = limit.atLeast === undefined ? 0 : plain(limit.atLeast);
  return multiple >= floor
    ? amount(multiple, `${limit.factor} × baseline`)
    : amount(floor, `the floor of ${limit.factor} × baseline`);
}

const plain = ({ unit, value }: Quantity): number => (unit === '%' ? value / 100 : value);

function withNote(unit: MetricUnit, { value, note }: Extract<Measure, { kind: 'value' }>): string {
  if (!Number.isFinite(value)) return note ?? 'without end';
  return note === undefined ? FORMAT[unit](value) : `${FORMAT[unit](value)} (${note})`;
}

const FORMAT: Readonly<Record<MetricUnit, (value: number) => string>> = {
  duration: (value) => formatDuration(milliseconds(value)),
  share: formatPercent,
  count: formatCount,
};
