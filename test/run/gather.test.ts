import { describe, expect, it } from 'vitest';

import type { MigrationRun } from '#rooms/migration/index.js';
import { gather } from '#rooms/run/gather.js';
import { milliseconds as ms } from '#rooms/units.js';

import { trafficPlan } from '../plan/sample.ts';
import { observation, recording, step, wait } from './evidence.ts';

const MIGRATION: MigrationRun = {
  startedAt: ms(10_000),
  duration: ms(5_000),
  outcome: 'failed',
  steps: [step(), step({ name: 'step 2', outcome: 'not-run', statements: [] })],
};

const point = (at: number) => ({
  at: ms(at),
  phase: 'migration' as const,
  due: 1,
  completed: 1,
  failed: 0,
  dropped: 0,
  p50: ms(1),
  p95: ms(1),
  p99: ms(1),
  max: ms(1),
  connectionsInUse: 1,
  queued: 0,
});

const WITNESSES = {
  plan: trafficPlan(),
  migration: MIGRATION,
  recording: recording({ timeline: [point(0), point(1_000)] }),
  actors: [],
  heard: { migration: [], actor: [] },
  deadlocks: { heard: [], log: '' },
  observation: observation({
    lockWaits: [wait(11_000, 500)],
    leftOut: 2,
    waitingBySecond: new Map([[1, 7]]),
  }),
};

describe('one account of a run', () => {
  it('shows beside the traffic of each second how many sessions waited in it', () => {
    expect(gather(WITNESSES).timeline).toMatchObject({
      interval: 1_000,
      points: [
        { at: 0, waitingSessions: 0 },
        { at: 1_000, waitingSessions: 7 },
      ],
    });
  });

  it('has the migration with what each step did to the traffic', () => {
    expect(gather(WITNESSES).migration).toMatchObject({
      outcome: 'failed',
      steps: [
        { name: 'step 1', impact: { waited: 0 } },
        { name: 'step 2', outcome: 'not-run', impact: { arrivals: 0 } },
      ],
    });
  });

  it('has what the observer saw', () => {
    expect(gather(WITNESSES)).toMatchObject({
      lockWaits: [{ startedAt: 11_000 }],
      lockWaitsLeftOut: 2,
      observer: { samples: 100 },
    });
  });

  it('has no migration where the run ended before it', () => {
    expect(gather({ ...WITNESSES, migration: undefined })).not.toHaveProperty('migration');
  });

  it('stands without the traffic too, where its generator was lost', () => {
    const account = gather({ ...WITNESSES, recording: undefined });
    expect(account).not.toHaveProperty('generator');
    expect(account).toMatchObject({
      transactions: [],
      phases: [],
      timeline: { points: [] },
      migration: { outcome: 'failed' },
    });
  });
});
