import type { Stripe, TrafficPlan } from '../plan/index.ts';
import type {
  ErrorSample,
  GeneratorResult,
  PhaseName,
  PhaseResult,
  TimelinePoint,
  TransactionResult,
} from '../result/index.ts';
import type { ConnectionSettings } from '../target/index.ts';
import type { Instant, Milliseconds } from '../units.ts';

/** What the generator's thread is started with: before there is a server, for it takes half a second to load. */
export interface WorkerInput {
  readonly plan: TrafficPlan;
  readonly stripe: Stripe;
}

/** What it works on. */
export interface Assignment extends WorkerInput {
  readonly connection: ConnectionSettings;
}

export interface PhaseStart {
  readonly phase: PhaseName;
  /** From the origin. */
  readonly at: Milliseconds;
}

/** The first message to the worker is a `ConnectionSettings`; these come after its `ready`. */
export type ToWorker =
  /** Arrivals begin at the origin; the phases that are known by then. */
  | { readonly kind: 'start'; readonly origin: Instant; readonly phases: readonly PhaseStart[] }
  | { readonly kind: 'phase'; readonly start: PhaseStart }
  /** No arrival is due at or after `at`; what runs and waits then may take `grace` to finish. */
  | { readonly kind: 'finish'; readonly at: Milliseconds; readonly grace: Milliseconds };

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'refused';
      readonly failure: {
        readonly code: 'traffic.refused' | 'target.unavailable';
        readonly message: string;
        readonly where: string | undefined;
        readonly hint: string | undefined;
      };
    }
  | { readonly kind: 'progress'; readonly progress: TrafficProgress }
  | { readonly kind: 'done'; readonly recording: TrafficRecording };

/** The last half second, for people. */
export interface TrafficProgress {
  readonly phase: PhaseName;
  readonly at: Milliseconds;
  readonly completedPerSecond: number;
  readonly p99: Milliseconds;
  readonly failed: number;
  readonly connectionsInUse: number;
  readonly queued: number;
}

/** An arrival that took long: enough to tell later what it waited for. */
export interface SlowArrival {
  readonly at: Milliseconds;
  /** When it got a connection. */
  readonly startedAt: Milliseconds;
  readonly endedAt: Milliseconds;
  readonly pid: number;
}

/** A time without any completion while arrivals were due. */
export interface StallSeen {
  readonly at: Milliseconds;
  readonly duration: Milliseconds;
}

export interface TrafficRecording {
  readonly transactions: readonly TransactionResult[];
  readonly phases: readonly PhaseResult[];
  readonly timeline: readonly Omit<TimelinePoint, 'waitingSessions'>[];
  readonly errors: readonly ErrorSample[];
  readonly generator: GeneratorResult;
  readonly slow: readonly SlowArrival[];
  readonly slowLeftOut: number;
  /** In the order of their ends; the short ones, of which a busy run has thousands, are not kept. */
  readonly stalls: readonly StallSeen[];
  /** Backends of the pool, those of lost connections included. */
  readonly pids: readonly number[];
}
