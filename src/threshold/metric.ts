import { ERROR_CLASSES } from '../postgres/index.ts';

import { PHASES } from './phase.ts';

/** What a number stands for, and so how a limit on it is written: `500ms`; `0.1%` or `0.001`; `3`. */
export type MetricUnit = 'duration' | 'share' | 'count';

export const AGGREGATES = ['percentile', 'max', 'avg', 'rate', 'count'] as const;
export type AggregateKind = (typeof AGGREGATES)[number];

/**
 * The labels that narrow a metric, with their values; `undefined`: any name. Without `phase` a metric covers
 * every phase but the warm-up; without `transaction` all transactions together, with `transaction:*` each by itself.
 */
export const LABELS = {
  phase: PHASES,
  transaction: undefined,
  workload: undefined,
  class: ERROR_CLASSES,
  /** Whose session waited. */
  kind: ['traffic', 'migration'],
  severity: ['danger', 'warning', 'info'],
} as const;

export type LabelName = keyof typeof LABELS;
type LabelValue<Name extends LabelName> = (typeof LABELS)[Name] extends readonly (infer Value)[]
  ? Value
  : string;
export type Labels = { readonly [Name in LabelName]?: LabelValue<Name> };

interface Metric {
  /** One sentence for the manual. */
  readonly meaning: string;
  readonly aggregates: Readonly<Partial<Record<AggregateKind, MetricUnit>>>;
  readonly labels: readonly LabelName[];
}

const LATENCY = {
  aggregates: { percentile: 'duration', max: 'duration', avg: 'duration' },
  labels: ['phase', 'transaction', 'workload'],
} as const;

/** Everything on which a threshold or a validity rule can be set. */
export const METRICS = {
  response_time: { meaning: 'from the intended start of an arrival to its end', ...LATENCY },
  service_time: { meaning: 'from the first statement sent to the end', ...LATENCY },
  queue_wait: { meaning: 'waiting for a free connection', ...LATENCY },
  dispatch_lag: { meaning: 'how late the load generator itself was', ...LATENCY },
  failed: {
    meaning: 'arrivals that ended in an error, as a share of those planned',
    aggregates: { rate: 'share', count: 'count' },
    labels: ['phase', 'transaction', 'workload', 'class'],
  },
  never_started: {
    meaning: 'arrivals that were due and never got a connection',
    aggregates: { count: 'count', rate: 'share' },
    labels: ['phase', 'transaction', 'workload'],
  },
  dropped: {
    meaning: 'arrivals that found no free connection, with when_saturated: drop',
    aggregates: { rate: 'share', count: 'count' },
    labels: ['phase', 'transaction', 'workload'],
  },
  retried: {
    meaning:
      'arrivals that were tried again after a serialization failure, a deadlock or an invalidated plan',
    aggregates: { rate: 'share', count: 'count' },
    labels: ['phase', 'transaction', 'workload'],
  },
  no_completion: {
    meaning: 'longest time in which work was due and nothing completed',
    aggregates: { max: 'duration' },
    labels: ['phase'],
  },
  no_load: {
    meaning: 'longest time in which nothing was due or running',
    aggregates: { max: 'duration' },
    labels: ['phase'],
  },
  lock_wait: {
    meaning: 'one session waiting for one lock',
    aggregates: { max: 'duration', count: 'count' },
    labels: ['phase', 'kind'],
  },
  leftovers: {
    meaning:
      'what the migration left behind: invalid indexes, unvalidated constraints, disabled triggers, open and prepared transactions, sessions, and what one that failed had added',
    aggregates: { count: 'count' },
    labels: [],
  },
  findings: {
    meaning: 'hazards found and not accepted by the scenario',
    aggregates: { count: 'count' },
    labels: ['severity'],
  },
  samples: {
    meaning: 'arrivals that ended, well or in an error',
    aggregates: { count: 'count' },
    labels: ['phase', 'transaction', 'workload'],
  },
  achieved_rate: {
    meaning: 'arrivals dispatched, as a share of those planned',
    aggregates: { rate: 'share' },
    labels: [],
  },
  event_loop_utilization: {
    meaning: 'share of the time that the load generator was busy',
    aggregates: { max: 'share' },
    labels: [],
  },
  gc_pause: {
    meaning: 'longest pause of the load generator to collect garbage',
    aggregates: { max: 'duration' },
    labels: [],
  },
  observer_gap: {
    meaning: 'longest time without a look at the locks',
    aggregates: { max: 'duration' },
    labels: [],
  },
  absent_actors: {
    meaning: 'actors that failed, or were not running when the migration started',
    aggregates: { count: 'count' },
    labels: [],
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

export function isMetricName(text: string): text is MetricName {
  return Object.hasOwn(METRICS, text);
}

/** The same table with its general type: any label or aggregate may be asked for. */
export const metricOf = (name: MetricName): Metric => METRICS[name];
