import type { MigrationRun } from '../migration/index.ts';
import type { Observation } from '../observer/index.ts';
import type { TrafficPlan } from '../plan/index.ts';
import type { ActorResult } from '../result/index.ts';
import type { TrafficRecording } from '../traffic/index.ts';
import { milliseconds } from '../units.ts';

import { attribute } from './attribute.ts';
import type { Measured } from './draft.ts';

export interface Witnesses {
  readonly plan: TrafficPlan;
  readonly migration: MigrationRun | undefined;
  readonly recording: TrafficRecording | undefined;
  readonly actors: readonly ActorResult[];
  readonly observation: Observation;
}

/** One account out of what each of the four hands saw. */
export function gather({
  plan,
  migration,
  recording = NO_RECORDING,
  actors,
  observation,
}: Witnesses): Partial<Measured> {
  const { phases, transactions, errors, generator, interval, cells } = recording;
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
            steps: migration.steps.map((step, index) =>
              attribute(step, index, { observation, recording, plan }),
            ),
          },
        }),
    lockWaits: observation.lockWaits,
    lockWaitsLeftOut: observation.leftOut,
    blockingChains: observation.chains,
    observer: observation.observer,
  };
}

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
