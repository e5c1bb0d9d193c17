import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { blameOf, blockersInQueues, type QueuedWait } from '#rooms/observer/index.js';
import { conflicts, LOCK_MODES, type LockMode } from '#rooms/postgres/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const queued = (pid: number, mode: string, blockers?: readonly number[]): QueuedWait => ({
  pid,
  mode,
  tag: 'orders',
  lockType: 'relation',
  relation: 'orders',
  since: ms(pid),
  serverStart: pid,
  blockers,
});

const blockersOf = (waits: readonly QueuedWait[]) =>
  Object.fromEntries(blockersInQueues(waits).map(({ pid, blockers }) => [pid, blockers]));

describe('a queue, of which the last was asked', () => {
  it('has all its readers wait for the change in front of them', () => {
    expect(
      blockersOf([
        queued(10, 'AccessExclusiveLock', [1, 2]),
        queued(11, 'AccessShareLock'),
        queued(12, 'AccessShareLock', [10]),
      ]),
    ).toEqual({ 10: [1, 2], 11: [10], 12: [10] });
  });

  it('has each of those that exclude each other wait for its neighbour, and for whoever holds the lock', () => {
    expect(
      blockersOf([
        queued(10, 'ExclusiveLock'),
        queued(11, 'ExclusiveLock'),
        queued(12, 'ExclusiveLock', [10, 11, 1]),
      ]),
    ).toEqual({ 10: [1], 11: [10, 1], 12: [11, 1] });
  });

  it('does not have the early ones wait for who came later', () => {
    expect(
      blockersOf([
        queued(10, 'AccessShareLock'),
        queued(11, 'AccessExclusiveLock', [1]),
        queued(12, 'AccessShareLock', [1, 11]),
      ]),
    ).toEqual({ 10: [1], 11: [1], 12: [1, 11] });
  });

  it('says nothing of those who went ahead of it because they hold the lock in another mode', () => {
    // 1 holds SHARE, 12 reads already and now wants to write: it stands before the change (10), for which the writer (11) waits.
    expect(
      blockersOf([
        queued(10, 'AccessExclusiveLock', [1, 12]),
        queued(11, 'RowExclusiveLock', [1, 10]),
        { ...queued(12, 'RowExclusiveLock', [1]), jumps: true },
      ]),
    ).toEqual({ 10: [1, 12], 11: [1, 10], 12: [1] });
  });
});

/** What pg_blocking_pids answers: holders of a conflicting mode, and those ahead who wait for one. */
const asked = (holders: readonly Held[], ahead: readonly Held[], mode: LockMode): readonly number[] =>
  [...holders, ...ahead].filter((one) => conflicts(one.mode, mode)).map(({ pid }) => pid);

interface Held {
  readonly pid: number;
  readonly mode: LockMode;
}

it('finds the same root and depth at least as deep as from an answer for each waiter', () => {
  const mode = fc.constantFrom(...LOCK_MODES);
  fc.assert(
    fc.property(
      fc.array(mode, { minLength: 1, maxLength: 3 }),
      fc.array(mode, { minLength: 1, maxLength: 12 }),
      (held, wanted) => {
        const holders = held.map((one, index) => ({ pid: index + 1, mode: one }));
        const waiters = wanted.map((one, index) => ({ pid: index + 100, mode: one }));
        const full = waiters.map(({ pid, mode: own }, index) =>
          queued(pid, own, asked(holders, waiters.slice(0, index), own)),
        );
        // Who waits for nobody would not be waiting.
        fc.pre(full.every(({ blockers }) => blockers!.length > 0));
        const lasts = new Set(
          LOCK_MODES.map((one) => waiters.findLast((waiter) => waiter.mode === one)?.pid),
        );
        const graph = (waits: readonly QueuedWait[]) =>
          blameOf(new Map(blockersInQueues(waits).map((one) => [one.pid, one])));
        const each = blameOf(new Map(full.map((one) => [one.pid, { ...one, blockers: one.blockers! }])));
        const few = graph(full.map((one) => (lasts.has(one.pid) ? one : { ...one, blockers: undefined })));
        for (const { pid } of waiters) {
          expect(few(pid).depth).toBe(each(pid).depth);
          expect(few(pid).root).toBeLessThan(100);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
