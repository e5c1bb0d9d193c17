import type { TransactionResult } from '../result/index.ts';
import { LatencyHistogram } from '../statistics/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

export type LatencyMetric = 'response_time' | 'service_time' | 'queue_wait' | 'dispatch_lag';

/** Latencies with those that have no end: they exceed every limit. */
export interface Latencies {
  readonly ended: LatencyHistogram;
  /** Arrivals that were still waiting or running when the run ended, or never started. */
  readonly endless: number;
}

/** All given transactions as one. */
export function latenciesOf(transactions: readonly TransactionResult[], metric: LatencyMetric): Latencies {
  const ended = new LatencyHistogram();
  for (const transaction of transactions)
    ended.add(LatencyHistogram.decode(SUMMARY[metric](transaction).histogram));
  return { ended, endless: transactions.reduce((sum, transaction) => sum + ENDLESS[metric](transaction), 0) };
}

const SUMMARY: Readonly<Record<LatencyMetric, (of: TransactionResult) => TransactionResult['response']>> = {
  response_time: ({ response }) => response,
  service_time: ({ service }) => service,
  queue_wait: ({ queueWait }) => queueWait,
  dispatch_lag: ({ dispatchLag }) => dispatchLag,
};

const unfinished = ({ inFlight, neverStarted }: TransactionResult): number => inFlight + neverStarted;

/** Queue wait ends with a connection, dispatch lag with the dispatch: what has no value for them never got that far. What was dropped did not wait. */
const ENDLESS: Readonly<Record<LatencyMetric, (of: TransactionResult) => number>> = {
  response_time: unfinished,
  service_time: unfinished,
  queue_wait: ({ neverStarted, failedByClass }) => neverStarted + (failedByClass.pool_wait_timeout ?? 0),
  dispatch_lag: ({ planned, dispatchLag }) => Math.max(0, planned - dispatchLag.count),
};

/** `Infinity` where the rank falls among the endless; undefined without a single arrival. */
export function percentileOf({ ended, endless }: Latencies, percent: number): Milliseconds | undefined {
  const total = ended.count + endless;
  if (total === 0) return undefined;
  if (endless === 0) return ended.percentile(percent);
  const rank = Math.ceil((percent / 100) * total);
  return rank > ended.count
    ? milliseconds(Infinity)
    : ended.percentile(Math.min(100, (100 * rank) / ended.count));
}

export function maximumOf({ ended, endless }: Latencies): Milliseconds | undefined {
  if (endless > 0) return milliseconds(Infinity);
  return ended.count === 0 ? undefined : ended.max;
}

export function averageOf({ ended, endless }: Latencies): Milliseconds | undefined {
  if (endless > 0) return milliseconds(Infinity);
  return ended.count === 0 ? undefined : ended.mean;
}
