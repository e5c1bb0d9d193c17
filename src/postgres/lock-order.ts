import { conflicts, type LockMode } from './lock-mode.ts';

export interface TakenLock {
  readonly relation: string;
  readonly mode: LockMode;
}

/** Each holds what the other one asks for: of `one` the lock that it has and the one that it wants, and the same of `other`. */
export interface Inversion<One extends TakenLock, Other extends TakenLock> {
  readonly one: { readonly held: One; readonly wanted: One };
  readonly other: { readonly held: Other; readonly wanted: Other };
}

/**
 * Two transactions that take their locks in these orders, and keep them to their end, can deadlock: every pair of places at which both may stand at the same
 * time (nothing that the one has keeps the other one out before) and each waits for the other. Once for each pair of tables, in the order of `one`.
 */
export function inversions<One extends TakenLock, Other extends TakenLock>(
  one: readonly One[],
  other: readonly Other[],
): readonly Inversion<One, Other>[] {
  const found = new Map<string, Inversion<One, Other>>();
  one.forEach((wanted, at) => {
    const has = one.slice(0, at);
    other.forEach((otherWanted, otherAt) => {
      const otherHas = other.slice(0, otherAt);
      const held = has.find((lock) => collide(lock, otherWanted));
      const otherHeld = otherHas.find((lock) => collide(lock, wanted));
      if (held === undefined || otherHeld === undefined || !canCoexist(has, otherHas)) return;
      const key = JSON.stringify([wanted.relation, otherWanted.relation].sort());
      if (!found.has(key))
        found.set(key, {
          one: { held, wanted },
          other: { held: otherHeld, wanted: otherWanted },
        });
    });
  });
  return [...found.values()];
}

const collide = (one: TakenLock, other: TakenLock): boolean =>
  one.relation === other.relation && conflicts(one.mode, other.mode);

/** Else the later one of both waits before it comes so far: whatever is locked first by both in turn lets in one at a time. */
const canCoexist = (ones: readonly TakenLock[], others: readonly TakenLock[]): boolean =>
  !ones.some((one) => others.some((other) => collide(one, other)));
