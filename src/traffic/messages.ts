import type { FailureCode } from '../errors.ts';
import type { PhaseStart, Stripe, TrafficPlan } from '../plan/index.ts';
import type { PhaseName } from '../result/index.ts';
import type { ConnectionSettings } from '../target/thread.ts';
import type { Instant, Milliseconds } from '../units.ts';

import type { WorkerRecording } from './recording.ts';

/** What the generator's thread is started with: before there is a server, for it takes half a second to load. */
export interface WorkerInput {
  readonly stripe: Stripe;
  /** Of the load clock that all workers share. */
  readonly memory: SharedArrayBuffer;
}

/** Its first message: what it works on. */
export interface Task {
  readonly plan: TrafficPlan;
  /** To the server itself. */
  readonly connection: ConnectionSettings;
  /** Where the application's connections go instead, if there is a pooler. */
  readonly pooler: ConnectionSettings | undefined;
}

export interface Assignment extends WorkerInput, Task {}

/** These come after its `ready`. */
export type ToWorker =
  /** Arrivals begin at the origin; the phases that are known by then. */
  | { readonly kind: 'start'; readonly origin: Instant; readonly phases: readonly PhaseStart[] }
  | { readonly kind: 'phase'; readonly start: PhaseStart }
  | { readonly kind: 'baseline-load' }
  /** No arrival is due at or after `at`; what runs and waits then may take `grace` to finish. */
  | { readonly kind: 'finish'; readonly at: Milliseconds; readonly grace: Milliseconds };

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'refused';
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly where: string | undefined;
        readonly hint: string | undefined;
      };
    }
  | { readonly kind: 'progress'; readonly progress: TrafficProgress }
  | { readonly kind: 'baseline-load'; readonly load: BaselineLoad }
  | { readonly kind: 'done'; readonly recording: WorkerRecording };

/** What the baseline tells of the load that the pools have to carry. */
export interface BaselineLoad {
  readonly service: readonly ServiceReport[];
  /** Share of the time that the generator itself was busy, 0 … 1; of several workers, the busiest one's. */
  readonly eventLoop: number;
}

export interface ServiceReport {
  /** Place in the plan's workloads. */
  readonly workload: number;
  readonly completed: ServiceTimes;
  /** As far as they have come. */
  readonly running: ServiceTimes;
  /** Arrivals that found no free connection and still wait for one, or never got it. */
  readonly unserved: number;
}

/** How many arrivals, and their service times together, in milliseconds. */
export interface ServiceTimes {
  readonly count: number;
  readonly sum: number;
}

/** The last half second, for people. */
export interface TrafficProgress {
  readonly phase: PhaseName;
  readonly at: Milliseconds;
  readonly completedPerSecond: number;
  /** Of several workers, the worst one's. */
  readonly p99: Milliseconds;
  readonly failed: number;
  readonly connectionsInUse: number;
  readonly queued: number;
}
