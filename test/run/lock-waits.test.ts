import { describe, expect, it } from 'vitest';

import { blameHolds, combineWaits, timedChain } from '#rooms/run/lock-waits.js';
import type { HeardWait } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { completedStep, wait } from './evidence.ts';

const ORDERS = 16_385;

const heardWait = (startedAt: number, duration: number, changes: Partial<HeardWait> = {}): HeardWait => ({
  pid: 11,
  mode: 'RowExclusiveLock',
  lockType: 'relation',
  relation: ORDERS,
  startedAt: ms(startedAt),
  duration: ms(duration),
  end: 'granted',
  ...changes,
});

const combined = (lockWaits: readonly ReturnType<typeof wait>[], ...traffic: readonly HeardWait[]) =>
  combineWaits(
    { lockWaits, relationNames: new Map([[ORDERS, 'orders']]), sessionNames: new Map([[5, 'report']]) },
    { traffic, migration: [], actor: [] },
  );

describe('a wait that was seen and timed', () => {
  it('has the blame of the one and the times of the other', () => {
    const [one, ...more] = combined([wait(10_030, 940)], heardWait(10_000.5, 1_000.25));
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      startedAt: 10_000.5,
      duration: 1_000.25,
      timing: 'exact',
      end: 'granted',
      root: { kind: 'migration' },
      step: 0,
    });
  });

  it('is another one at another time, in another mode, of another session', () => {
    const others = [
      heardWait(12_000, 500),
      heardWait(10_000, 1_000, { mode: 'AccessShareLock' }),
      heardWait(10_000, 1_000, { pid: 12 }),
    ];
    const all = combined([wait(10_000, 1_000)], ...others);
    expect(all).toHaveLength(4);
    expect(all.filter(({ root }) => root === undefined)).toHaveLength(3);
    expect(all.filter(({ timing }) => timing === 'sampled')).toHaveLength(1);
  });

  it('is each only once, in the order of their starts', () => {
    const all = combined(
      [wait(10_000, 1_000), wait(12_000, 1_000)],
      heardWait(12_001, 998),
      heardWait(10_001, 998),
    );
    expect(all.map(({ startedAt, timing }) => [startedAt, timing])).toEqual([
      [10_001, 'exact'],
      [12_001, 'exact'],
    ]);
  });
});

it('a wait that nobody saw has no root, and its table by name', () => {
  expect(combined([], heardWait(10_000, 150))).toMatchObject([
    { waiter: { pid: 11, kind: 'traffic' }, relation: 'orders', blockers: [], timing: 'exact' },
  ]);
});

describe("the migration's holds", () => {
  const steps = [completedStep()];
  const blamed = (waits: ReturnType<typeof combined>) => blameHolds(waits, steps, new Map([[7, 'step 1']]));

  it('are the reason for waits that nobody saw', () => {
    expect(blamed(combined([], heardWait(10_100, 150)))).toMatchObject([
      { root: { pid: 7, kind: 'migration', name: 'step 1' }, step: 0 },
    ]);
  });

  it.each([
    ['before they began', heardWait(9_000, 500)],
    ['for what they let through', heardWait(10_100, 150, { relation: 1 })],
  ])('are not the reason for waits %s', (_, heard) => {
    expect(blamed(combined([], heard))[0]!.root).toBeUndefined();
  });
});

it('a pile-up lasts from its first wait to the end of its last, as the server timed them', () => {
  const waits = combined(
    [wait(10_030, 500), wait(10_040, 900, { waiter: { pid: 12, kind: 'traffic', name: '', query: '' } })],
    heardWait(10_000, 600),
    heardWait(10_010, 950, { pid: 12 }),
  );
  const root = waits[0]!.root!;
  const chain = {
    root,
    startedAt: ms(10_030),
    duration: ms(910),
    depth: 1,
    waiters: 2,
    waits: 2,
    relations: ['orders'],
  };
  expect(timedChain(chain, waits)).toEqual({ ...chain, startedAt: 10_000, duration: 960 });
  expect(timedChain({ ...chain, waits: 3 }, waits)).toMatchObject({ startedAt: 10_030 });
});
