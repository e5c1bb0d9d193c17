import type { PlannedTransaction, PlannedWorkload, TrafficPlan } from '../plan/index.ts';

/** A transaction of one workload: what is counted apart. */
export interface Entry {
  readonly index: number;
  readonly workload: PlannedWorkload;
  readonly transaction: PlannedTransaction;
}

/** In the order of the workloads and their mixes. */
export function entriesOf({ workloads }: TrafficPlan): readonly Entry[] {
  return workloads
    .flatMap((workload) => workload.mix.map((transaction) => ({ workload, transaction })))
    .map((entry, index) => ({ ...entry, index }));
}
