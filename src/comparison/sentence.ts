import { metricOf, type Aggregate, type MetricName, type Threshold } from '../threshold/index.ts';

import type { Ruling } from './rule.ts';

/** `p99 response time of order_page in the migration phase: 6.9 s, must be < 1 s`. */
export function rulingSentence({ threshold, outcome, measured, limit }: Ruling): string {
  const subject = subjectOf(threshold);
  return outcome === 'no-data'
    ? `no data for the ${subject}: ${measured}`
    : `${subject}: ${measured}, must be ${limit}`;
}

const NOUNS: Readonly<Record<MetricName, string>> = {
  response_time: 'response time',
  service_time: 'service time',
  queue_wait: 'wait for a connection',
  dispatch_lag: 'lateness of the load generator',
  failed: 'failed arrivals',
  dropped: 'dropped arrivals',
  retried: 'arrivals that were tried again',
  never_started: 'arrivals that never started',
  no_completion: 'time in which nothing completed',
  no_load: 'time without any load',
  lock_wait: 'waits for a lock',
  leftovers: 'things left behind',
  findings: 'findings',
  samples: 'samples',
  achieved_rate: 'arrivals dispatched on plan',
  event_loop_utilization: "load of the generator's event loop",
  gc_pause: 'pause of the generator to collect garbage',
  observer_gap: 'time without a look at the locks',
  absent_actors: 'actors that were not there when they should have been',
};

function subjectOf({ selector: { metric, labels }, condition }: Threshold): string {
  const words = [
    aggregateWord(metric, condition.aggregate),
    NOUNS[metric],
    labels.transaction === undefined ? '' : `of ${labels.transaction}`,
    labels.workload === undefined ? '' : `of the workload ${labels.workload}`,
    labels.class === undefined ? '' : `of class ${labels.class}`,
    labels.kind === undefined ? '' : `of the ${labels.kind}`,
    labels.severity === undefined ? '' : `of severity ${labels.severity}`,
    labels.phase === undefined ? '' : `in the ${labels.phase} phase`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

function aggregateWord(metric: MetricName, aggregate: Aggregate): string {
  switch (aggregate.kind) {
    case 'percentile':
      return `p${aggregate.percent}`;
    case 'max':
      return metricOf(metric).aggregates.max === 'duration' ? 'longest' : 'highest';
    case 'avg':
      return 'average';
    case 'rate':
      return 'share of';
    case 'count':
      return 'number of';
  }
}
