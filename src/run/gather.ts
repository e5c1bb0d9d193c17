import type { MigrationRun } from '../migration/index.ts';
import type { Observation } from '../observer/index.ts';
import type { TrafficPlan } from '../plan/index.ts';
import type { ActorResult, LockWait, ObserverResult } from '../result/index.ts';
import type { TrafficRecording } from '../traffic/index.ts';
import { milliseconds } from '../units.ts';

import { toldAttempts } from './attempts.ts';
import { completeStep, impactOf } from './attribute.ts';
import { deadlocksOf, type HeardDeadlocks } from './deadlocks.ts';
import type { Measured } from './draft.ts';
import { blameHolds, combineWaits, timedChain, type HeardWaits } from './lock-waits.ts';

export interface Witnesses {
  readonly plan: TrafficPlan;
  readonly migration: MigrationRun | undefined;
  readonly recording: TrafficRecording | undefined;
  readonly actors: readonly ActorResult[];
  readonly observation: Observation;
  readonly heard: Omit<HeardWaits, 'traffic'>;
  readonly deadlocks: HeardDeadlocks;
}

/** One account out of what each of the four hands saw. */
export function gather({
  plan,
  migration,
  recording = NO_RECORDING,
  actors,
  observation,
  heard,
  deadlocks,
}: Witnesses): Partial<Measured> {
  const { phases, transactions, errors, generator, interval, cells } = recording;
  const combined = combineWaits(observation, { ...heard, traffic: recording.lockWaits });
  const steps = (migration?.steps ?? []).map((step) =>
    completeStep(step, { lockWaits: combined, observation }),
  );
  const lockWaits = blameHolds(combined, steps, observation.sessionNames);
  return {
    phases,
    transactions,
    errors,
    actors,
    ...(recording === NO_RECORDING ? {} : { generator }),
    timeline: {
      interval,
      points: recording.timeline.map((point) => ({
        ...point,
        waitingSessions: mostWaiting(observation.waitingBySecond, point.at, interval),
      })),
    },
    intervals: cells,
    ...(migration === undefined
      ? {}
      : {
          migration: {
            ...migration,
            steps: steps.map((step, index) => {
              const waits = lockWaits.filter((wait) => wait.step === index);
              const attempts = toldAttempts(step, { lockWaits, index, slow: recording.slow });
              return { ...step, attempts, impact: impactOf(step, { waits, recording, plan }) };
            }),
          },
        }),
    lockWaits: lockWaits.slice(0, WAITS_KEPT),
    lockWaitsLeftOut:
      observation.leftOut + recording.lockWaitsLeftOut + Math.max(0, lockWaits.length - WAITS_KEPT),
    blockingChains: observation.chains.map((chain) => timedChain(chain, lockWaits)),
    deadlocks: deadlocksOf(deadlocks, { plan, migration, lockWaits, observation, pids: recording.pids }),
    observer: { ...observation.observer, lockWaits: countsOf(lockWaits) },
  };
}

/** 10,000 waits are some 4 MB of report. */
const WAITS_KEPT = 10_000;

const countsOf = (waits: readonly LockWait[]): ObserverResult['lockWaits'] => ({
  seen: waits.length,
  exact: waits.filter(({ timing }) => timing === 'exact').length,
  attributed: waits.filter(({ root }) => root !== undefined).length,
});

/** At any moment of the interval. */
function mostWaiting(bySecond: ReadonlyMap<number, number>, at: number, interval: number): number {
  const first = Math.floor(at / 1_000);
  const seconds = Array.from({ length: Math.max(1, Math.round(interval / 1_000)) }, (_, n) => first + n);
  return Math.max(...seconds.map((second) => bySecond.get(second) ?? 0));
}

const NO_RECORDING: TrafficRecording = {
  phases: [],
  transactions: [],
  errors: [],
  interval: milliseconds(1_000),
  timeline: [],
  cells: [],
  slow: [],
  slowLeftOut: 0,
  stalls: [],
  pids: [],
  lockWaits: [],
  lockWaitsLeftOut: 0,
  deadlocks: [],
  generator: {
    workers: 0,
    connections: 0,
    connectionsLost: 0,
    reconnects: 0,
    eventLoopUtilization: 0,
    garbageCollection: { longest: milliseconds(0), total: milliseconds(0), count: 0 },
    planned: 0,
    dispatched: 0,
  },
};
