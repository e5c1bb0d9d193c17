import type { Aggregate, MetricName, Selector } from '../threshold/index.ts';

import type { Evidence, Measure, Meter } from './measure.ts';
import {
  absentActors,
  achievedRate,
  eventLoop,
  garbageCollection,
  leftovers,
  lockWait,
  observerGap,
  openFindings,
} from './measure-surroundings.ts';
import {
  dropped,
  failed,
  latency,
  neverStarted,
  noCompletion,
  noLoad,
  retried,
  samples,
} from './measure-traffic.ts';

const METERS: Readonly<Record<MetricName, Meter>> = {
  response_time: latency('response_time'),
  service_time: latency('service_time'),
  queue_wait: latency('queue_wait'),
  dispatch_lag: latency('dispatch_lag'),
  failed,
  dropped,
  retried,
  never_started: neverStarted,
  no_completion: noCompletion,
  no_load: noLoad,
  samples,
  lock_wait: lockWait,
  leftovers,
  findings: openFindings,
  achieved_rate: achievedRate,
  event_loop_utilization: eventLoop,
  gc_pause: garbageCollection,
  observer_gap: observerGap,
  absent_actors: absentActors,
};

/** `transaction:*` must have been expanded: one name, or none for all together. */
export function measure(evidence: Evidence, { metric, labels }: Selector, aggregate: Aggregate): Measure {
  return METERS[metric](evidence, labels, aggregate);
}
