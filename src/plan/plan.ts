import type { ResolvedColumn, ResolvedDataset } from '../dataset/index.ts';
import type { Scenario, Traffic, TrafficStep } from '../scenario/index.ts';
import type { Distribution } from '../statistics/index.ts';

/** What, when and how many, decided before anything is touched. */
export interface Plan {
  readonly scenario: Scenario;
  readonly dataset: ResolvedDataset;
  readonly traffic: TrafficPlan;
  /** Things worth knowing before the run, a sentence each. */
  readonly notes: readonly string[];
}

/** Plain data: it goes to a worker thread by structured clone, and is the same for the same scenario and seed. */
export interface TrafficPlan extends Omit<Traffic, 'transactions'> {
  readonly seed: number;
  readonly transactions: readonly PlannedTransaction[];
}

export interface PlannedTransaction {
  readonly name: string;
  readonly weight: number;
  readonly parameters: readonly PlannedParameter[];
  readonly steps: readonly TrafficStep[];
}

export interface PlannedParameter {
  readonly name: string;
  readonly draw: ParameterDraw;
}

export type ParameterDraw =
  | {
      readonly kind: 'key';
      readonly column: ResolvedColumn;
      readonly distribution: Distribution;
      /** Rank 0 is the last row; else ranks are spread over the table, so that hot rows do not share pages. */
      readonly latest: boolean;
      /** Names the spreading: all draws on one table share their hot rows. */
      readonly hotSet: string;
    }
  | { readonly kind: 'int'; readonly low: number; readonly high: number }
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly weights: readonly number[] }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'sequence' };
