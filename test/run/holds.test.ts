import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { SampledLock } from '#rooms/observer/index.js';
import type { LockWait, StatementLock } from '#rooms/result/index.js';
import { heldLocks, type LockSurroundings } from '#rooms/run/holds.js';
import { milliseconds as ms } from '#rooms/units.js';

import { ownWait, wait } from './evidence.ts';

/* A statement that ran from 10 s to 15 s. */

const ORDERS = { relation: 'orders', mode: 'AccessExclusiveLock' as const };
const LOCK: StatementLock = {
  ...ORDERS,
  waited: ms(0),
  held: ms(5_000),
  grantedAt: ms(10_000),
  source: 'exact',
};

const between = (after: number, by: number) => ({ after: ms(after), by: ms(by) });

const seen = (
  granted: readonly [number, number],
  released: readonly [number, number],
  mode: string = ORDERS.mode,
): SampledLock => ({
  pid: 2,
  relation: 'orders',
  mode,
  granted: between(...granted),
  released: between(...released),
});

const about = (changes: Partial<LockSurroundings>): LockSurroundings => ({
  span: { from: ms(10_000), to: ms(15_000) },
  waiting: ms(0),
  release: { asked: ms(14_000), answered: ms(15_000) },
  ownWaits: [],
  others: [],
  seen: [],
  interval: ms(50),
  ...changes,
});

/** Of a COMMIT that took a second. */
const held = (changes: Partial<LockSurroundings>) => heldLocks('own-session', [LOCK], about(changes))[0]!;

describe('a lock that its own session read', () => {
  it('is held to the answer to COMMIT, where nobody knows better', () => {
    expect(held({})).toEqual(LOCK);
    expect(held({ seen: [seen([9_990, 10_040], [14_970, Infinity])] })).toEqual(LOCK);
  });

  it('was released between two samples, where the answer came later', () => {
    expect(held({ seen: [seen([9_990, 10_040], [14_100, 14_106])] })).toEqual({
      ...LOCK,
      held: 4_103,
      source: 'sampled',
    });
  });

  it('was not released before COMMIT was sent, however long nobody had looked', () => {
    expect(held({ seen: [seen([9_990, 10_040], [10_200, 14_400])] })).toMatchObject({ held: 4_200 });
    expect(held({ seen: [seen([9_990, 10_040], [10_200, 20_000])] })).toEqual(LOCK);
  });

  it('was released when the first of those who had waited for it was let in', () => {
    const timed = (startedAt: number, duration: number, changes: Partial<LockWait> = {}) =>
      wait(startedAt, duration, { timing: 'exact', end: 'granted', ...changes });
    const others = [
      timed(12_000, 2_080),
      timed(12_000, 2_060),
      timed(12_000, 1_500),
      timed(12_000, 2_010, { end: 'lock-timeout' }),
      timed(12_000, 2_020, { relation: 'items' }),
      timed(12_000, 2_030, { timing: 'sampled' }),
    ];
    expect(held({ others, seen: [seen([9_990, 10_040], [14_100, 14_106])] })).toEqual({
      ...LOCK,
      held: 4_060,
    });
  });

  it('was taken late, where it was looked for in vain', () => {
    expect(held({ seen: [seen([12_000, 12_060], [14_990, 16_000])] })).toEqual({
      ...LOCK,
      grantedAt: 12_030,
      held: 2_970,
      source: 'sampled',
    });
    // The backend had not begun yet.
    expect(held({ seen: [seen([10_030, 10_090], [14_990, 16_000])] })).toEqual(LOCK);
  });

  it('begins after its own wait, as the server timed it', () => {
    const found = held({
      ownWaits: [ownWait(10_000, 2_000)],
      seen: [seen([11_000, 12_050], [14_990, 16_000])],
    });
    expect(found).toEqual({ ...LOCK, waited: 2_000, grantedAt: 12_000, held: 3_000 });
  });
});

it('a lock of a command that was gone before the statement ended stays as it was told', () => {
  const told = { ...LOCK, held: ms(1_000) };
  const found = heldLocks(
    'event-triggers',
    [told],
    about({ seen: [seen([9_990, 10_040], [10_100, 14_500])] }),
  );
  expect(found).toEqual([told]);
});

it('whoever was let in before the lock was granted says nothing of its release', () => {
  const alone = { release: { asked: ms(10_000), answered: ms(15_000) } };
  const late = { ...LOCK, grantedAt: ms(12_000), held: ms(3_000) };
  const before = wait(9_000, 2_000, { timing: 'exact', end: 'granted' });
  const after = wait(9_000, 5_500, { timing: 'exact', end: 'granted' });
  const lengthOf = (...others: readonly LockWait[]) =>
    heldLocks('event-triggers', [late], about({ ...alone, others }))[0]!.held;
  expect([lengthOf(before), lengthOf(before, after)]).toEqual([3_000, 2_500]);
});

it('a hold is never shorter than what its session knows, nor longer', () => {
  const moment = fc.integer({ min: 9_000, max: 16_000 });
  const pair = fc.tuple(moment, moment).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(pair, pair), { maxLength: 4 }), fc.array(pair), (samples, waits) => {
      const { held: found } = heldLocks(
        'event-triggers',
        [LOCK],
        about({
          seen: samples.map(([granted, released]) => seen(granted, released)),
          others: waits.map(([from, to]) => wait(from, to - from, { timing: 'exact', end: 'granted' })),
        }),
      )[0]!;
      expect(found).toBeGreaterThanOrEqual(4_000);
      expect(found).toBeLessThanOrEqual(5_000);
    }),
  );
});

describe('a statement that could not read its own locks', () => {
  const sampled = (locks: readonly SampledLock[], ownWaits: readonly LockWait[] = []) =>
    heldLocks('unseen', [], about({ seen: locks, ownWaits }));

  it('has those that the observer saw, each table and mode with its longest hold', () => {
    const locks = [
      seen([9_980, 10_040], [10_400, 10_450], 'ShareUpdateExclusiveLock'),
      seen([11_000, 11_050], [12_000, 12_050], 'ShareUpdateExclusiveLock'),
      seen([9_980, 10_040], [13_980, 14_040], 'RowExclusiveLock'),
    ];
    expect(sampled(locks)).toEqual([
      {
        relation: 'orders',
        mode: 'ShareUpdateExclusiveLock',
        waited: 0,
        held: 1_000,
        grantedAt: 11_025,
        source: 'sampled',
      },
      {
        relation: 'orders',
        mode: 'RowExclusiveLock',
        waited: 0,
        held: 3_990,
        grantedAt: 10_020,
        source: 'sampled',
      },
    ]);
  });

  it('had none longer than its transaction lasted', () => {
    expect(sampled([seen([9_980, 10_040], [14_980, 18_000])])).toMatchObject([{ held: 4_970 }]);
    expect(sampled([seen([9_980, 10_040], [14_980, Infinity])])).toMatchObject([{ held: 4_970 }]);
  });

  it('has none from before or after it, and none that is no table lock', () => {
    const others = [
      seen([900, 1_000], [2_000, 2_050]),
      // Of the step before, and nobody looked again: seen just before the start, and by a reading that began before it.
      seen([9_900, 9_995], [9_990, Infinity]),
      seen([9_900, 10_010], [9_990, Infinity]),
      seen([15_990, 16_000], [17_000, 17_050]),
      seen([9_980, 10_000], [11_000, 11_050], 'SIReadLock'),
    ];
    expect(sampled(others)).toEqual([]);
  });

  it('has the longest wait for the same lock beside it', () => {
    const mode = 'ShareUpdateExclusiveLock';
    const waits = [ownWait(10_000, 300, { mode }), ownWait(11_000, 700, { mode }), ownWait(12_000, 900)];
    expect(sampled([seen([11_650, 11_700], [12_000, 12_050], mode)], waits)).toMatchObject([
      { mode, waited: 700 },
    ]);
  });
});
