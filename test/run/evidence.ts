import type { StatementRun, StepRun } from '#rooms/migration/index.js';
import type { Observation } from '#rooms/observer/index.js';
import type { TrafficPlan } from '#rooms/plan/index.js';
import type { LockWait, StepResult } from '#rooms/result/index.js';
import { completeStep, impactOf } from '#rooms/run/attribute.js';
import type { SlowArrival, TrafficRecording } from '#rooms/traffic/index.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

/* Evidence written by hand: complete and quiet; a test changes what it is about. Step 0 runs from 10 s to 15 s. */

export function statement(changes: Partial<StatementRun> = {}): StatementRun {
  return {
    text: 'ALTER TABLE orders ADD COLUMN a int',
    startedAt: ms(10_000),
    duration: ms(5_000),
    waiting: ms(0),
    working: ms(5_000),
    locks: [],
    rewritten: [],
    scanned: [],
    walBytes: bytes(0),
    notices: [],
    lockSource: 'own-session',
    release: { asked: ms(14_990), answered: ms(15_000) },
    pid: 2,
    ...changes,
  };
}

export function step(changes: Partial<StepRun> = {}): StepRun {
  return {
    name: 'step 1',
    kind: 'sql',
    title: 'ALTER TABLE orders ADD COLUMN a int',
    outcome: 'applied',
    startedAt: ms(10_000),
    duration: ms(5_000),
    attempts: [],
    statements: [statement()],
    ...changes,
  };
}

export function wait(startedAt: number, duration: number, changes: Partial<LockWait> = {}): LockWait {
  const root = { pid: 2, kind: 'migration' as const, name: 'step 1', query: '' };
  return {
    waiter: { pid: 11, kind: 'traffic', name: '', query: '' },
    lockType: 'relation',
    relation: 'orders',
    mode: 'RowExclusiveLock',
    startedAt: ms(startedAt),
    duration: ms(duration),
    timing: 'sampled',
    end: 'unseen',
    blockers: [root],
    root,
    step: 0,
    ...changes,
  };
}

/** The migration's own wait for somebody else's lock. */
export const ownWait = (startedAt: number, duration: number, changes: Partial<LockWait> = {}): LockWait =>
  wait(startedAt, duration, {
    waiter: { pid: 2, kind: 'migration', name: 'step 1', query: '' },
    mode: 'AccessExclusiveLock',
    root: { pid: 1, kind: 'actor', name: 'report', query: '' },
    ...changes,
  });

export function observation(changes: Partial<Observation> = {}): Observation {
  return {
    lockWaits: [],
    leftOut: 0,
    chains: [],
    locks: [],
    buildPhases: [],
    observer: {
      interval: ms(50),
      samples: 100,
      longestGap: ms(60),
      gaps: [],
      deadlockTimeout: ms(100),
      missing: [],
    },
    relationNames: new Map(),
    sessionNames: new Map(),
    waitingBySecond: new Map(),
    ...changes,
  };
}

export function recording(changes: Partial<TrafficRecording> = {}): TrafficRecording {
  return {
    transactions: [],
    phases: [],
    interval: ms(1_000),
    timeline: [],
    cells: [],
    errors: [],
    generator: {
      workers: 1,
      connections: 4,
      connectionsLost: 0,
      reconnects: 0,
      eventLoopUtilization: 0.1,
      garbageCollection: { longest: ms(2), total: ms(5), count: 3 },
      planned: 100,
      dispatched: 100,
    },
    slow: [],
    slowLeftOut: 0,
    stalls: [],
    pids: [11, 12],
    lockWaits: [],
    lockWaitsLeftOut: 0,
    deadlocks: [],
    ...changes,
  };
}

/** An arrival that was due at `at`, got a connection at `startedAt` and ended at `endedAt`. */
export const slow = (at: number, startedAt: number, endedAt: number, pid = 11): SlowArrival => ({
  at: ms(at),
  startedAt: ms(startedAt),
  endedAt: ms(endedAt),
  pid,
});

/** What is made of a step: its own facts, and what the traffic suffered. */
export function attribute(
  run: StepRun,
  index: number,
  { observation: seen, recording: told, plan }: Evidence,
): StepResult {
  const completed = completeStep(run, { lockWaits: seen.lockWaits, observation: seen });
  const waits = seen.lockWaits.filter((one) => one.step === index);
  return { ...completed, impact: impactOf(completed, { waits, recording: told, plan }) };
}

interface Evidence {
  readonly observation: Observation;
  readonly recording: TrafficRecording;
  readonly plan: TrafficPlan;
}

/** One that held the table from its beginning to its end. */
export const completedStep = (): StepResult => {
  const lock = {
    relation: 'orders',
    mode: 'AccessExclusiveLock' as const,
    waited: ms(0),
    held: ms(5_000),
    grantedAt: ms(10_000),
    source: 'exact' as const,
  };
  return completeStep(step({ statements: [statement({ locks: [lock] })] }), {
    lockWaits: [],
    observation: observation(),
  });
};
