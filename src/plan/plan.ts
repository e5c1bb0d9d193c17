import type { ResolvedColumn, ResolvedDataset } from '../dataset/index.ts';
import type {
  Executor,
  Location,
  ParameterValue,
  Scenario,
  TrafficStep,
  Workload,
} from '../scenario/index.ts';
import type { Distribution } from '../statistics/index.ts';
import type { Milliseconds } from '../units.ts';

/** What, when and how many, decided before anything is touched. */
export interface Plan {
  readonly scenario: Scenario;
  readonly dataset: PlannedDataset;
  readonly traffic: TrafficPlan;
  /** Things worth knowing before the run, a sentence each. */
  readonly notes: readonly string[];
}

export type PlannedDataset =
  | { readonly kind: 'generated'; readonly resolved: ResolvedDataset }
  /** In the database already; `traffic` has keys only after `withKeys`. */
  | { readonly kind: 'existing' };

/** Plain data: it goes to worker threads by structured clone, and is the same for the same scenario and seed. */
export interface TrafficPlan {
  readonly seed: number;
  readonly workloads: readonly PlannedWorkload[];
  readonly workers: number;
  readonly precision: 'high' | 'normal' | undefined;
  readonly grace: Milliseconds;
}

/** Of all pools together. */
export const connectionsOf = ({ workloads }: TrafficPlan): number =>
  workloads.reduce((sum, { connections }) => sum + connections, 0);

export interface PlannedWorkload extends Omit<Workload, 'mix'> {
  /** Place in the plan's workloads. */
  readonly index: number;
  readonly mix: readonly PlannedTransaction[];
}

/** A transaction in the mix of one workload. */
export interface PlannedTransaction {
  readonly name: string;
  readonly weight: number;
  readonly parameters: readonly PlannedParameter[];
  readonly steps: readonly TrafficStep[];
}

/** Arrivals at a rate, whether or not the database keeps up. */
export type OpenExecutor = Extract<
  Executor,
  { readonly kind: 'constant-arrival-rate' | 'ramping-arrival-rate' }
>;

export interface PlannedParameter {
  readonly name: string;
  readonly draw: ParameterDraw;
}

export type ParameterDraw =
  | (KeyDraw & { readonly kind: 'key'; readonly column: ResolvedColumn })
  /** Keys of a database that is there already, not yet sampled. */
  | (Omit<KeyDraw, 'hotSet'> & {
      readonly kind: 'existing';
      /** As written: `orders.id`, `sales.orders.id`. */
      readonly column: string;
      readonly location: Location;
    })
  /** Those keys, in ascending order. */
  | (KeyDraw & { readonly kind: 'pool'; readonly values: readonly string[] })
  | Exclude<ParameterValue, { readonly kind: 'key' | 'faker' }>;

interface KeyDraw {
  readonly distribution: Distribution;
  /** Rank 0 is the last row; else ranks are spread over the table, so that hot rows do not share pages. */
  readonly latest: boolean;
  /** Names the spreading: all draws on one table share their hot rows. */
  readonly hotSet: string;
}
