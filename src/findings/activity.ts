import type { PhaseActivity, PhaseName, Result, TableActivity } from '../result/index.ts';
import { perSecond, type PerSecond } from '../units.ts';

/** What the server's counters say of one phase; undefined where nobody looked. */
export function activityIn({ aftermath }: Result, phase: PhaseName): PhaseActivity | undefined {
  return aftermath?.activity.find((one) => one.phase === phase);
}

/** A table to which nothing happened is not listed. */
export function tableIn(activity: PhaseActivity | undefined, relation: string): TableActivity | undefined {
  return activity?.tables.find((table) => table.relation === relation);
}

export function rateIn(activity: PhaseActivity, amount: number): PerSecond {
  return perSecond(activity.duration <= 0 ? 0 : (amount * 1_000) / activity.duration);
}
