import fc from 'fast-check';

import type { Arrival, ArrivalOutcome, TrafficError } from '#rooms/traffic/arrival.js';
import { LoadClock } from '#rooms/traffic/load-clock.js';
import { merge, type TrafficRecording } from '#rooms/traffic/merge.js';
import { Recorder } from '#rooms/traffic/recorder.js';
import type { WorkerRecording } from '#rooms/traffic/recording.js';
import { milliseconds as ms, type Milliseconds } from '#rooms/units.js';

import { trafficPlan, transaction, workload } from '../plan/sample.ts';

export const NAMES = ['order_page', 'place_order'];
export const PLAN = trafficPlan({ workloads: [workload({ mix: NAMES.map((name) => transaction(name)) })] });
export const PHASES = [
  { phase: 'warmup', at: ms(0) },
  { phase: 'baseline', at: ms(1_000) },
  { phase: 'migration', at: ms(3_000) },
] as const;

export const GENERATOR: WorkerRecording['generator'] = {
  workers: 1,
  connections: 4,
  connectionsLost: 0,
  reconnects: 0,
  eventLoopUtilization: 0.1,
  garbageCollection: { longest: ms(2), total: ms(5), count: 3 },
  planned: 0,
  dispatched: 0,
};

export const error = (changes: Partial<TrafficError> = {}): TrafficError => ({
  class: 'lock_timeout',
  sqlState: '55P03',
  message: 'canceling statement due to lock timeout',
  statement: 'SELECT 1',
  ...changes,
});

export const failure = (changes: Partial<TrafficError> = {}): ArrivalOutcome => ({
  kind: 'failed',
  error: error(changes),
  overcome: [],
});

/** What becomes of one arrival; times in milliseconds after each other. */
export interface Fate {
  readonly at: number;
  readonly entry: number;
  readonly lag: number;
  readonly end: 'completed' | 'failed' | 'in-flight' | 'never-started' | 'dropped' | 'expired';
  readonly wait: number;
  readonly took: number;
  readonly tries: number;
}

export const fates: fc.Arbitrary<readonly Fate[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 6_000 }),
    entry: fc.integer({ min: 0, max: 1 }),
    lag: fc.integer({ min: 0, max: 30 }),
    end: fc.constantFrom('completed', 'failed', 'in-flight', 'never-started', 'dropped', 'expired'),
    wait: fc.integer({ min: 0, max: 3_000 }),
    took: fc.integer({ min: 0, max: 3_000 }),
    tries: fc.constantFrom(0, 0, 0, 2),
  }),
  { maxLength: 60 },
);

const END = ms(6_001);
/** Behind everything that a fate can be. */
export const NOW = ms(13_000);

/** Plays the fates in the order of time, as `workers` generators would, each with its own slots. */
export function play(history: readonly Fate[], workers = 1): TrafficRecording {
  const memory = LoadClock.memory();
  const recorders = Array.from({ length: workers }, () => new Recorder(PHASES, memory));
  const events = history.flatMap((fate, slot) => eventsOf(fate, slot, recorders[slot % workers]!));
  // Stable: what belongs to one arrival stays in its order.
  for (const { tell } of events.toSorted((one, other) => one.when - other.when)) tell();
  const recordings = recorders.map((recorder, index) => ({
    ...recorder.recording(END, NOW),
    generator: GENERATOR,
    pids: [index],
    lockWaits: [],
    lockWaitsLeftOut: 0,
    deadlocks: [],
  }));
  return merge(PLAN, recordings, { memory, now: NOW });
}

function eventsOf(fate: Fate, slot: number, recorder: Recorder) {
  const { at, entry, lag, end, wait, took, tries } = fate;
  const phase = recorder.phases.of(ms(at));
  const arrival: Arrival = { slot, entry, phase, at: ms(at), dispatchedAt: ms(at + lag), user: -1 };
  const startedAt = ms(at + lag + wait);
  const endedAt = ms(startedAt + took);
  const overcome = Array.from({ length: tries }, () => error({ class: 'deadlock', sqlState: '40P01' }));
  const ended = (outcome: ArrivalOutcome) => ({
    when: endedAt,
    tell: () => recorder.ended(arrival, { ...outcome, overcome }, { startedAt, endedAt, pid: 1 }),
  });
  const dispatched = { when: arrival.dispatchedAt, tell: () => recorder.dispatched(arrival) };
  const started = { when: startedAt, tell: () => recorder.started(arrival, startedAt) };
  const left = (running: { startedAt: Milliseconds; pid: number } | undefined) => ({
    when: NOW,
    tell: () => recorder.unfinished(arrival, NOW, running),
  });
  switch (end) {
    case 'completed':
      return [dispatched, started, ended({ kind: 'completed', overcome: [] })];
    case 'failed':
      return [dispatched, started, ended(failure())];
    case 'in-flight':
      return [dispatched, started, left({ startedAt, pid: 1 })];
    case 'never-started':
      return [dispatched, left(undefined)];
    case 'dropped':
      return [dispatched, { when: arrival.dispatchedAt, tell: () => recorder.dropped(arrival) }];
    case 'expired':
      return [dispatched, { when: startedAt, tell: () => recorder.expired(arrival, startedAt) }];
  }
}

/** Each run builds some twenty histograms. */
export const RUNS = { numRuns: 40 };

export const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
