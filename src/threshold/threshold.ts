import type { AggregateKind, LabelName, Labels, MetricName } from './metric.ts';
import { LABELS } from './metric.ts';

export const COMPARISONS = ['<=', '>=', '==', '!=', '<', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Aggregate =
  | { readonly kind: 'percentile'; readonly percent: number }
  | { readonly kind: Exclude<AggregateKind, 'percentile'> };

/** A number with the unit that it was written in: `ms`; `%` of 0 … 100; or none (a count, or a share of 0 … 1). */
export interface Quantity {
  readonly unit: 'ms' | '%' | 'none';
  readonly value: number;
}

export type Limit =
  | { readonly kind: 'fixed'; readonly quantity: Quantity }
  /** So many times the same measure in the baseline phase, but never tighter than `atLeast`. */
  | { readonly kind: 'baseline'; readonly factor: number; readonly atLeast: Quantity | undefined };

export interface Selector {
  readonly metric: MetricName;
  readonly labels: Labels;
}

export interface Condition {
  readonly aggregate: Aggregate;
  readonly comparison: Comparison;
  readonly limit: Limit;
}

/** A limit on a measure: `response_time{phase:migration}` and `p(99) < 1s`. */
export interface Threshold {
  readonly selector: Selector;
  readonly condition: Condition;
}

/** `response_time{phase:migration,transaction:order_page} p(99) < 1s`. */
export function formatThreshold(threshold: Threshold): string {
  return `${formatSelector(threshold.selector)} ${formatCondition(threshold.condition)}`;
}

/** What `parseThreshold` reads back as the same value; so for the other two halves. */
export function formatSelector({ metric, labels }: Selector): string {
  const entries = labelNames.flatMap((name) =>
    labels[name] === undefined ? [] : [`${name}:${labels[name]}`],
  );
  return entries.length === 0 ? metric : `${metric}{${entries.join(',')}}`;
}

const labelNames = Object.keys(LABELS) as readonly LabelName[]; // the keys of a literal table

export function formatCondition({ aggregate, comparison, limit }: Condition): string {
  return `${formatAggregate(aggregate)} ${comparison} ${formatLimit(limit)}`;
}

function formatAggregate(aggregate: Aggregate): string {
  return aggregate.kind === 'percentile' ? `p(${decimal(aggregate.percent)})` : aggregate.kind;
}

function formatLimit(limit: Limit): string {
  if (limit.kind === 'fixed') return formatQuantity(limit.quantity);
  const multiple = `${decimal(limit.factor)} * baseline`;
  return limit.atLeast === undefined ? multiple : `max(${multiple}, ${formatQuantity(limit.atLeast)})`;
}

function formatQuantity({ unit, value }: Quantity): string {
  switch (unit) {
    case 'ms':
      return value >= 1_000 && value % 1_000 === 0 ? `${decimal(value / 1_000)}s` : `${decimal(value)}ms`;
    case '%':
      return `${decimal(value)}%`;
    case 'none':
      return decimal(value);
  }
}

/** Without an exponent, which the grammar does not know. */
function decimal(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}
