import type { PlannedTransaction, PlannedWorkload, TrafficPlan } from '#rooms/plan/index.js';
import type { Executor } from '#rooms/scenario/index.js';
import { milliseconds as ms, perSecond } from '#rooms/units.js';

export function transaction(name: string, changes: Partial<PlannedTransaction> = {}): PlannedTransaction {
  return { name, weight: 1, parameters: [], steps: [], ...changes };
}

type Constant = Extract<Executor, { kind: 'constant-arrival-rate' }>;
type Ramp = Extract<Executor, { kind: 'ramping-arrival-rate' }>;

export function constantRate(rate: number, changes: Partial<Constant> = {}): Constant {
  return {
    kind: 'constant-arrival-rate',
    rates: [{ phase: 'warmup', rate: perSecond(rate) }],
    arrival: 'poisson',
    whenSaturated: 'queue',
    ...changes,
  };
}

/** Targets in arrivals a second, durations in milliseconds. */
export function ramp(from: number, ...stages: readonly (readonly [number, number])[]): Ramp {
  return {
    kind: 'ramping-arrival-rate',
    startRate: perSecond(from),
    stages: stages.map(([target, duration]) => ({ target: perSecond(target), duration: ms(duration) })),
    arrival: 'uniform',
    whenSaturated: 'queue',
  };
}

export function workload(changes: Partial<PlannedWorkload> = {}): PlannedWorkload {
  return {
    name: 'main',
    index: 0,
    executor: constantRate(100),
    connections: 4,
    mix: [transaction('a')],
    manners: {
      prepare: 'named',
      isolation: undefined,
      acquireTimeout: undefined,
      statementTimeout: undefined,
      lockTimeout: undefined,
      idleInTransactionTimeout: undefined,
      retry: { retries: 0, backoff: ms(10), maxBackoff: ms(1_000) },
      onPlanInvalidated: 'reprepare',
    },
    location: { file: 'traffic.yaml', path: '' },
    ...changes,
  };
}

export function trafficPlan(changes: Partial<TrafficPlan> = {}): TrafficPlan {
  return {
    seed: 42,
    workers: 1,
    precision: undefined,
    grace: ms(1_000),
    workloads: [workload()],
    ...changes,
  };
}
