import type { PlannedTransaction, TrafficPlan } from '#rooms/plan/index.js';
import { milliseconds as ms, perSecond } from '#rooms/units.js';

export function transaction(name: string, changes: Partial<PlannedTransaction> = {}): PlannedTransaction {
  return { name, weight: 1, parameters: [], steps: [], ...changes };
}

export function trafficPlan(changes: Partial<TrafficPlan> = {}): TrafficPlan {
  return {
    seed: 42,
    connections: 4,
    rate: perSecond(100),
    arrival: 'poisson',
    prepare: 'named',
    statementTimeout: undefined,
    lockTimeout: undefined,
    grace: ms(1_000),
    transactions: [transaction('a')],
    ...changes,
  };
}
