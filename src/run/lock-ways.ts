import type { QueryStep, TrafficStep } from '../plan/index.ts';
import type { LockTaken } from '../result/index.ts';

import type { StatementLocks } from './statement-locks.ts';

/** Ways that differ in what they lock; a script of branches after branches has more than anybody can read. */
const MOST_WAYS = 64;

/** How far the session has come on one way. */
interface Way {
  readonly isOpen: boolean;
  readonly held: readonly LockTaken[];
  readonly atCommit: readonly LockTaken[];
}

type LocksOf = (query: QueryStep) => StatementLocks;

const START: Way = { isOpen: false, held: [], atCommit: [] };

/**
 * The locks of a transaction of the traffic in their order, from BEGIN to COMMIT: one list for each way through its steps, without those that take no
 * two. A statement outside of BEGIN is a transaction of its own.
 */
export function lockWays(steps: readonly TrafficStep[], locksOf: LocksOf): readonly (readonly LockTaken[])[] {
  const ended: (readonly LockTaken[])[] = [];
  const end = (way: Way): Way => {
    ended.push(distinct([...way.held, ...way.atCommit]));
    return START;
  };
  for (const way of follow(steps, [START], { locksOf, end })) end(way);
  const ways = ended.filter((locks) => locks.length > 1);
  return [...new Map(ways.map((locks) => [signature(locks), locks])).values()].slice(0, MOST_WAYS);
}

interface Following {
  readonly locksOf: LocksOf;
  readonly end: (way: Way) => Way;
}

function follow(steps: readonly TrafficStep[], from: readonly Way[], following: Following): readonly Way[] {
  return steps.reduce((ways, step) => different(goOn(step, ways, following)), from);
}

function goOn(step: TrafficStep, ways: readonly Way[], following: Following): readonly Way[] {
  switch (step.kind) {
    case 'begin':
      return ways.map((way) => (way.isOpen ? way : { ...START, isOpen: true }));
    case 'commit':
      return ways.map(following.end);
    case 'rollback':
      return ways.map((way) => following.end({ ...way, atCommit: [] }));
    case 'query':
      return ways.map((way) => queried(way, following.locksOf(step), following.end));
    case 'if':
      return [...step.arms.map((arm) => arm.steps), step.otherwise].flatMap((arm) =>
        follow(arm, ways, following),
      );
    case 'branch':
      return step.arms.flatMap((arm) => follow(arm.steps, ways, following));
    case 'think':
    case 'let':
      return ways;
  }
}

function queried(way: Way, { now, atCommit }: StatementLocks, end: Following['end']): Way {
  const locked = {
    ...way,
    held: distinct([...way.held, ...now]),
    atCommit: distinct([...way.atCommit, ...atCommit]),
  };
  return way.isOpen ? locked : end(locked);
}

/** The first of each table and mode: what is held is not taken again. */
const distinct = (locks: readonly LockTaken[]): readonly LockTaken[] =>
  locks.filter((lock, index) => locks.findIndex((other) => keyOf(other) === keyOf(lock)) === index);

const different = (ways: readonly Way[]): readonly Way[] =>
  [
    ...new Map(
      ways.map((way) => [`${way.isOpen} ${signature(way.held)} ${signature(way.atCommit)}`, way]),
    ).values(),
  ].slice(0, MOST_WAYS);

const keyOf = ({ relation, mode }: LockTaken): string => `${mode} ${relation}`;
const signature = (locks: readonly LockTaken[]): string => JSON.stringify(locks.map(keyOf));
