import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { conflicts, inversions, LOCK_MODES, type TakenLock } from '#rooms/postgres/index.js';

const lock = (relation: string, mode: TakenLock['mode']): TakenLock => ({ relation, mode });

const locks = fc.array(
  fc.record({ relation: fc.constantFrom('a', 'b', 'c'), mode: fc.constantFrom(...LOCK_MODES) }),
  { maxLength: 5 },
);

const pairsOf = (one: readonly TakenLock[], other: readonly TakenLock[]): readonly string[] =>
  inversions(one, other)
    .map(({ one: { wanted }, other: asked }) => [wanted.relation, asked.wanted.relation].sort().join(' '))
    .sort();

/** Lets both take their locks in every interleaving, and tells whether they can come to stand still. */
function canStandStill(one: readonly TakenLock[], other: readonly TakenLock[]): boolean {
  const isFree = (wanted: TakenLock, held: readonly TakenLock[]): boolean =>
    !held.some(({ relation, mode }) => relation === wanted.relation && conflicts(mode, wanted.mode));
  const explore = (at: number, otherAt: number): boolean => {
    const [next, otherNext] = [one[at], other[otherAt]];
    // Who has all its locks ends, and lets go of them.
    if (next === undefined || otherNext === undefined) return false;
    const goes = isFree(next, other.slice(0, otherAt));
    const otherGoes = isFree(otherNext, one.slice(0, at));
    if (!goes && !otherGoes) return true;
    return (goes && explore(at + 1, otherAt)) || (otherGoes && explore(at, otherAt + 1));
  };
  return explore(0, 0);
}

describe('two transactions', () => {
  it('are inverted exactly where some interleaving of their locks makes them wait for each other', () => {
    fc.assert(
      fc.property(locks, locks, (one, other) => {
        expect(inversions(one, other).length > 0).toBe(canStandStill(one, other));
      }),
    );
  });

  it('are inverted whichever of them is asked', () => {
    fc.assert(
      fc.property(locks, locks, (one, other) => {
        expect(pairsOf(one, other)).toEqual(pairsOf(other, one));
      }),
    );
  });

  it('that take each table once and in the same order are not', () => {
    const ordered = fc
      .tuple(fc.constantFrom(...LOCK_MODES), fc.constantFrom(...LOCK_MODES), fc.constantFrom(...LOCK_MODES))
      .map(([a, b, c]) => [lock('a', a), lock('b', b), lock('c', c)]);
    fc.assert(
      fc.property(ordered, ordered, (one, other) => {
        expect(inversions(one, other)).toEqual([]);
      }),
    );
  });

  it('are not where a lock that both take first keeps one of them out', () => {
    const opposite = [
      [lock('a', 'AccessExclusiveLock'), lock('b', 'AccessExclusiveLock')],
      [lock('b', 'RowExclusiveLock'), lock('a', 'RowExclusiveLock')],
    ] as const;
    expect(inversions(...opposite)).toHaveLength(1);
    const [one, other] = opposite;
    const gate = lock('c', 'ShareRowExclusiveLock');
    expect(inversions([gate, ...one], [lock('c', 'RowExclusiveLock'), ...other])).toEqual([]);
    expect(inversions([gate, ...one], [lock('c', 'AccessShareLock'), ...other])).toHaveLength(1);
  });

  it('are inverted on one table where both ask for more than they hold', () => {
    const [share, all] = [lock('a', 'ShareLock'), lock('a', 'AccessExclusiveLock')];
    const [read, write] = [lock('a', 'AccessShareLock'), lock('a', 'RowExclusiveLock')];
    expect(inversions([share, all], [read, write])).toEqual([
      { one: { held: share, wanted: all }, other: { held: read, wanted: write } },
    ]);
    expect(inversions([all], [read, write])).toEqual([]);
  });
});
