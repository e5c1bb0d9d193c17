import type { Result, TransactionResult } from '../result/index.ts';
import type { Aggregate, Labels } from '../threshold/index.ts';

import { amount, inPhase, noData, sum, type Measure, type Meter } from './measure.ts';
import {
  averageOf,
  latenciesOf,
  maximumOf,
  percentileOf,
  type Latencies,
  type LatencyMetric,
} from './latency.ts';

/** Where arrivals were planned and none completed, that is the worst result and not a missing one. */
export function latency(metric: LatencyMetric): Meter {
  return ({ result }, labels, aggregate) => {
    const transactions = selected(result, labels);
    const planned = plannedOf(transactions);
    if (planned === 0) return noData('no arrivals were planned');
    const latencies = latenciesOf(transactions, metric);
    const value = aggregated(aggregate, latencies);
    if (value === undefined) return amount(Infinity, `none of ${planned} arrivals completed`);
    return amount(
      value,
      Number.isFinite(value) ? undefined : `${latencies.endless} of ${planned} arrivals never ended`,
    );
  };
}

function aggregated(aggregate: Aggregate, latencies: Latencies): number | undefined {
  if (aggregate.kind === 'percentile') return percentileOf(latencies, aggregate.percent);
  return aggregate.kind === 'avg' ? averageOf(latencies) : maximumOf(latencies);
}

export const failed: Meter = ({ result }, labels, aggregate) =>
  ofPlanned(selected(result, labels), aggregate, (transaction) =>
    labels.class === undefined ? transaction.failed : (transaction.failedByClass[labels.class] ?? 0),
  );

export const neverStarted: Meter = ({ result }, labels, aggregate) =>
  ofPlanned(selected(result, labels), aggregate, (transaction) => transaction.neverStarted);

export const dropped: Meter = ({ result }, labels, aggregate) =>
  ofPlanned(selected(result, labels), aggregate, (transaction) => transaction.dropped);

export const retried: Meter = ({ result }, labels, aggregate) =>
  ofPlanned(selected(result, labels), aggregate, (transaction) => transaction.retried);

type CountArrivals = (transaction: TransactionResult) => number;

function ofPlanned(
  transactions: readonly TransactionResult[],
  aggregate: Aggregate,
  counted: CountArrivals,
): Measure {
  const planned = plannedOf(transactions);
  if (planned === 0) return noData('no arrivals were planned');
  const count = sum(transactions, counted);
  return aggregate.kind === 'rate' ? amount(count / planned, `${count} of ${planned}`) : amount(count);
}

export const samples: Meter = ({ result }, labels) =>
  amount(sum(selected(result, labels), (transaction) => transaction.completed + transaction.failed));

export const noCompletion: Meter = ({ result }, labels) => {
  const phases = result.phases.filter(({ name }) => inPhase(labels, name));
  if (plannedOf(selected(result, labels)) === 0 || phases.length === 0)
    return noData('no arrivals were planned');
  return amount(Math.max(...phases.map(({ longestStall }) => longestStall)));
};

export const noLoad: Meter = ({ result }, labels) => {
  const phases = result.phases.filter(({ name }) => inPhase(labels, name));
  return phases.length === 0
    ? noData('there was no such phase')
    : amount(Math.max(...phases.map(({ longestIdle }) => longestIdle)));
};

const plannedOf = (transactions: readonly TransactionResult[]): number =>
  sum(transactions, ({ planned }) => planned);

function selected(result: Result, labels: Labels): readonly TransactionResult[] {
  return result.transactions.filter(
    ({ name, workload, phase }) =>
      inPhase(labels, phase) &&
      (labels.transaction ?? name) === name &&
      (labels.workload ?? workload) === workload,
  );
}
