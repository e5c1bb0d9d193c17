import { expect, it } from 'vitest';

import { Fold, type BuildSeen } from '#rooms/observer/index.js';
import type { SessionLabel } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const REPORT: SessionLabel = { pid: 7, kind: 'actor', name: 'monthly_report', query: 'SELECT 1' };

const phasesOf = (seen: readonly (readonly [number, Partial<BuildSeen> | undefined])[]) => {
  const fold = new Fold();
  for (const [at, build] of seen) {
    const whole = { pid: 1, phase: 'initializing', lockersTotal: 0, lockersDone: 0, locker: 0, ...build };
    fold.add({
      at: ms(at),
      waits: [],
      sessions: new Map([[7, REPORT]]),
      locks: [],
      builds: build === undefined ? [] : [whole],
      step: 0,
    });
  }
  return fold.result().buildPhases.map(({ phase }) => phase);
};

it('phases follow each other without gaps, and the waiting one names whom it waits for', () => {
  const waiting = { phase: 'waiting for old snapshots', lockersTotal: 2, lockersDone: 1, locker: 7 };
  expect(
    phasesOf([
      [0, undefined],
      [100, {}],
      [200, waiting],
      [300, waiting],
      [400, { ...waiting, lockersDone: 2, locker: 0 }],
      [500, undefined],
    ]),
  ).toEqual([
    { phase: 'initializing', startedAt: 50, duration: 100, waitedFor: [] },
    {
      phase: 'waiting for old snapshots',
      startedAt: 150,
      duration: 300,
      lockers: { total: 2, done: 2 },
      waitedFor: [{ session: REPORT, duration: 300 }],
    },
  ]);
});

it('a phase that is not over lasts until the last look', () => {
  expect(
    phasesOf([
      [100, {}],
      [300, {}],
    ]),
  ).toMatchObject([{ startedAt: 50, duration: 250 }]);
  expect(phasesOf([[100, undefined]])).toEqual([]);
});
