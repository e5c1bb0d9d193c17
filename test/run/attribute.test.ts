import { describe, expect, it } from 'vitest';

import type { LockWait, StatementLock } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { constantRate, trafficPlan, workload } from '../plan/sample.ts';
import { attribute, observation, ownWait, recording, slow, statement, step, wait } from './evidence.ts';

const PLAN = trafficPlan({
  workloads: [workload({ executor: constantRate(10, { arrival: 'uniform' }) })],
});

const LOCK: StatementLock = {
  relation: 'orders',
  mode: 'AccessExclusiveLock',
  waited: ms(0),
  held: ms(5_000),
  grantedAt: ms(10_000),
  source: 'exact',
};

const complete = (lockWaits: readonly LockWait[], own: Parameters<typeof statement>[0] = {}) =>
  attribute(step({ statements: [statement({ locks: [LOCK], ...own })] }), 0, {
    observation: observation({ lockWaits }),
    recording: recording(),
    plan: PLAN,
  }).statements[0]!;

describe('a statement that waited for a lock', () => {
  it('has its time split into waiting and working, and its hold begins when it got the lock', () => {
    expect(complete([ownWait(10_000, 2_000)])).toMatchObject({
      duration: 5_000,
      waiting: 2_000,
      working: 3_000,
      locks: [{ waited: 2_000, held: 3_000, grantedAt: 12_000 }],
    });
  });

  it('is believed itself where it gave up before the server said anything', () => {
    const own = { waiting: ms(5_000), working: ms(0), locks: [] };
    expect(complete([], own)).toMatchObject({ waiting: 5_000, working: 0 });
  });

  it('got each of its locks when the waiting for that very lock was over', () => {
    const second = { ...LOCK, relation: 'customers', mode: 'ShareRowExclusiveLock' as const };
    const waits = [
      ownWait(10_000, 1_000),
      ownWait(11_000, 500, { relation: 'customers', mode: 'ShareRowExclusiveLock' }),
    ];
    expect(complete(waits, { locks: [LOCK, second] })).toMatchObject({
      waiting: 1_500,
      locks: [
        { relation: 'orders', waited: 1_000, grantedAt: 11_000, held: 4_000 },
        { relation: 'customers', waited: 500, grantedAt: 11_500, held: 3_500 },
      ],
    });
  });

  it('never waited longer than it took', () => {
    expect(complete([ownWait(9_000, 9_000), ownWait(10_000, 3_000)])).toMatchObject({
      waiting: 5_000,
      working: 0,
    });
  });

  it('is not charged with waits of others or at other times', () => {
    expect(complete([wait(10_000, 2_000), ownWait(4_000, 1_000), ownWait(15_000, 1_000)])).toMatchObject({
      waiting: 0,
      working: 5_000,
      locks: [{ waited: 0, held: 5_000 }],
    });
  });

  it('loses the notes on where its locks came from and when they went, which are no part of a result', () => {
    expect(complete([])).not.toHaveProperty('lockSource');
    expect(complete([])).not.toHaveProperty('release');
  });
});

describe('what the traffic suffered from a step', () => {
  const impact = (
    lockWaits: readonly LockWait[],
    of: Parameters<typeof recording>[0] = {},
    run: Parameters<typeof step>[0] = {},
  ) =>
    attribute(step(run), 0, { observation: observation({ lockWaits }), recording: recording(of), plan: PLAN })
      .impact;

  it('is nothing where nobody waited; the arrivals of its time are counted from the timetable', () => {
    expect(impact([])).toEqual({ arrivals: 50, waited: 0, longestWait: 0, longestStall: 0 });
  });

  it('counts arrivals that were already running when it began', () => {
    expect(impact([], { slow: [slow(9_000, 9_000, 11_000), slow(9_000, 9_000, 9_900)] }).arrivals).toBe(51);
  });

  it('counts arrivals whose own session waited for its lock', () => {
    const found = impact([wait(11_000, 2_000)], {
      slow: [slow(10_900, 10_900, 13_100), slow(10_900, 10_900, 13_100, 12), slow(14_000, 14_000, 14_100)],
    });
    expect(found).toMatchObject({ waited: 1, longestWait: 2_200 });
  });

  it('counts arrivals that stood in line for a connection meanwhile', () => {
    const found = impact([wait(11_000, 2_000)], {
      slow: [
        slow(11_500, 13_000, 13_010, 12),
        slow(11_500, 11_504, 13_000, 12),
        slow(8_000, 10_500, 10_600, 12),
      ],
    });
    expect(found).toMatchObject({ waited: 1, longestWait: 1_510 });
  });

  it('counts by their times those whose session nobody knows, behind a pooler', () => {
    const behind = (at: number, endedAt: number) => ({ ...slow(at, at, endedAt), pid: undefined });
    const found = impact([wait(11_000, 2_000)], {
      slow: [behind(10_900, 13_100), behind(12_500, 13_020), behind(9_000, 11_004), behind(14_000, 14_100)],
    });
    expect(found).toMatchObject({ waited: 2, longestWait: 2_200 });
  });

  it('does not count waits for other steps, nor those of actors', () => {
    const actor = { pid: 11, kind: 'actor' as const, name: 'report', query: '' };
    const others = [wait(11_000, 2_000, { step: 1 }), wait(11_000, 2_000, { waiter: actor })];
    expect(impact(others, { slow: [slow(11_000, 11_000, 13_000)] })).toMatchObject({
      waited: 0,
      longestWait: 0,
    });
  });

  it('knows the longest stall that overlaps it', () => {
    const stalls = [
      { at: ms(2_000), duration: ms(8_000) },
      { at: ms(9_900), duration: ms(300) },
      { at: ms(14_000), duration: ms(4_000) },
      { at: ms(15_000), duration: ms(9_000) },
    ];
    expect(impact([], { stalls }).longestStall).toBe(4_000);
  });

  it('is nothing at all where the step was not run', () => {
    const none = { arrivals: 0, waited: 0, longestWait: 0, longestStall: 0 };
    expect(
      impact([wait(11_000, 2_000)], { slow: [slow(11_000, 11_000, 13_000)] }, { outcome: 'not-run' }),
    ).toEqual(none);
  });
});
