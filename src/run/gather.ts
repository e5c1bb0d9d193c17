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
  const { phases, transactions, errors, generator } = recording;
  return {
    phases,
    transactions,
    errors,
    actors,
    ...(recording === NO_RECORDING ? {} : { generator }),
    timeline: {
      interval: milliseconds(1_000),
      points: recording.timeline.map((point) => ({
        ...point,
        waitingSessions: observation.waitingBySecond.get(Math.floor(point.at / 1_000)) ?? 0,
      })),
    },
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

const NO_RECORDING: TrafficRecording = {
  phases: [],
  transactions: [],
  errors: [],
  timeline: [],
  slow: [],
  slowLeftOut: 0,
  stalls: [],
  pids: [],
  generator: {
    connections: 0,
    connectionsLost: 0,
    reconnects: 0,
    eventLoopUtilization: 0,
    planned: 0,
    dispatched: 0,
  },
};
