import { expect, it } from 'vitest';

import { toldAttempts } from '#rooms/run/attempts.js';
import { milliseconds as ms } from '#rooms/units.js';

import { completedStep, ownWait, slow, wait } from './evidence.ts';

const REPORT = { pid: 1, kind: 'actor' as const, name: 'report', query: '' };
const STEP = {
  ...completedStep(),
  attempts: [
    { startedAt: ms(10_000), duration: ms(200), sqlState: '55P03', message: 'timeout' },
    { startedAt: ms(10_500), duration: ms(10) },
  ],
};

it('an attempt has its own wait, who was in its way, and the arrivals that waited meanwhile', () => {
  const lockWaits = [
    ownWait(10_000, 200, { blockers: [REPORT], root: REPORT }),
    wait(10_050, 140, { root: REPORT }),
    // Of another step.
    wait(10_050, 140, { waiter: { pid: 12, kind: 'traffic', name: '', query: '' }, step: 1 }),
  ];
  const arrivals = [
    slow(10_040, 10_040, 10_195),
    slow(10_040, 10_040, 10_150, 12),
    slow(11_000, 11_000, 11_100),
  ];
  expect(toldAttempts(STEP, { lockWaits, index: 0, slow: arrivals })).toMatchObject([
    {
      waited: 200,
      lock: { relation: 'orders', mode: 'AccessExclusiveLock' },
      behind: REPORT,
      impact: { waited: 1, longestWait: 155 },
    },
    { waited: 0, impact: { waited: 0, longestWait: 0 } },
  ]);
});
