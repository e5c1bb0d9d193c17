import type { ErrorClass, ErrorSample, GeneratorResult, PhaseName, PhaseResult } from '../result/index.ts';
import type { PackedHistogram } from '../statistics/index.ts';
import type { HeardDeadlock, HeardWait } from '../target/thread.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/* What one worker hands over: plain data that adds up. The parts of N workers merge into what one alone would have recorded (merge.ts). */

export interface WorkerRecording {
  /** Length of each interval, a power of two times the least. */
  readonly width: Milliseconds;
  readonly intervals: readonly IntervalPart[];
  /** Ages of what was still running or waiting at the end. */
  readonly unfinished: readonly UnfinishedPart[];
  readonly phases: readonly PhaseResult[];
  readonly errors: readonly EntryError[];
  readonly slow: readonly SlowArrival[];
  readonly slowLeftOut: number;
  /** In the order of their ends; the short ones, of which a busy run has thousands, are not kept. */
  readonly stalls: readonly StallSeen[];
  /** Backends of the pools, those of lost connections included. */
  readonly pids: readonly number[];
  /** As the server timed them. */
  readonly lockWaits: readonly HeardWait[];
  readonly lockWaitsLeftOut: number;
  readonly deadlocks: readonly HeardDeadlock[];
  readonly generator: GeneratorResult;
  /** When the last arrival was given up or finished. */
  readonly endedAt: Milliseconds;
}

export interface IntervalPart {
  readonly cells: readonly CellPart[];
  /** Most at any moment of the interval. */
  readonly connectionsInUse: number;
  readonly queued: number;
}

export const COUNTERS = ['due', 'started', 'completed', 'dropped', 'expired', 'retried', 'retries'] as const;
export type Counter = (typeof COUNTERS)[number];

export const HISTOGRAMS = ['response', 'service', 'queueWait', 'dispatchLag', 'failedAfter'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** One entry of the mixes in one phase (that of the intended start), during one interval (in which it happened). */
export interface CellPart
  extends Readonly<Record<Counter, number>>, Readonly<Record<HistogramName, PackedHistogram>> {
  /** Index into `entriesOf(plan)`. */
  readonly entry: number;
  readonly phase: PhaseName;
  readonly failed: Readonly<Partial<Record<ErrorClass, number>>>;
}

export interface UnfinishedPart {
  readonly entry: number;
  readonly phase: PhaseName;
  readonly ages: PackedHistogram;
}

export type EntryError = Omit<ErrorSample, 'transaction' | 'workload'> & { readonly entry: number };

/** An arrival that took long; kept one by one, so that its wait can be blamed on a lock. */
export interface SlowArrival {
  readonly at: Milliseconds;
  readonly startedAt: Milliseconds;
  readonly endedAt: Milliseconds;
  /** Of its backend; undefined behind a pooler. */
  readonly pid: number | undefined;
}

/** Shorter ones tell nothing, and a busy run has thousands. */
export const LONG_STALL = milliseconds(50);

/** A time without any completion while arrivals were due. */
export interface StallSeen {
  readonly at: Milliseconds;
  readonly duration: Milliseconds;
}
