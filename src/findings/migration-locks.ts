import { isLockMode, tablesNamed } from '../postgres/index.ts';
import type {
  LockTaken,
  LockWait,
  Result,
  StatementLock,
  StatementResult,
  StepResult,
} from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/** A table lock of the migration, in its place among those of its transaction. */
export interface MigrationLock extends LockTaken {
  readonly grantedAt: Milliseconds;
  readonly releasedAt: Milliseconds;
}

/** The locks that one transaction of a step took, in the order in which it got them, each table and mode once. */
export interface LockSequence {
  readonly stepIndex: number;
  readonly locks: readonly MigrationLock[];
}

export function lockSequences(result: Result): readonly LockSequence[] {
  return (result.migration?.steps ?? []).flatMap((step, stepIndex) =>
    transactionsOf(step)
      .map((statements) =>
        statements.flatMap((statement) => [
          ...inOrder(statement),
          ...askedInVain(statement, step, result.lockWaits),
        ]),
      )
      .flatMap(heldTogether)
      .map((locks) => ({ stepIndex, locks: distinct(locks) })),
  );
}

/** Statements by their transaction; one without a number stands for itself. */
function transactionsOf({ statements }: StepResult): readonly (readonly StatementResult[])[] {
  const groups = new Map<string, StatementResult[]>();
  statements.forEach((statement, index) => {
    const key = statement.transaction === undefined ? `alone ${index}` : String(statement.transaction);
    groups.set(key, [...(groups.get(key) ?? []), statement]);
  });
  return [...groups.values()];
}

/**
 * The lock table does not tell which lock came first: a statement locks the tables that it names in the order of its text, then those that it finds out
 * about. Of several commands inside it the event triggers know the order.
 */
function inOrder({ text, locks, commands = [] }: StatementResult): readonly MigrationLock[] {
  const several = commands.length > 1 ? commands : [];
  const ranked = locks.map((lock) => {
    const command = several.findIndex((one) => one.locks.some((other) => isSame(other, lock)));
    const named = tablesNamed(several[command]?.text ?? text).map(({ relation }) => relation);
    const place = named.findIndex((name) => isCalled(lock.relation, name));
    return { lock, rank: [command, place < 0 ? Infinity : place, lock.grantedAt] };
  });
  return ranked.toSorted((one, other) => compare(one.rank, other.rank)).map(({ lock }) => taken(lock, text));
}

const isSame = (one: LockedTable, other: LockedTable): boolean =>
  one.relation === other.relation && one.mode === other.mode;
type LockedTable = Pick<StatementLock, 'relation' | 'mode'>;

/** Without a schema it may be that of the search path. */
const isCalled = (relation: string, name: string): boolean =>
  relation === name || (!name.includes('.') && relation.split('.').at(-1) === name);

function compare(one: readonly number[], other: readonly number[]): number {
  const place = one.findIndex((value, index) => value !== other[index]);
  return place < 0 ? 0 : (one[place] ?? 0) - (other[place] ?? 0);
}

const taken = ({ relation, mode, grantedAt, held }: StatementLock, statement: string): MigrationLock => ({
  relation,
  mode,
  statement,
  grantedAt,
  releasedAt: milliseconds(grantedAt + held),
});

/** A lock for which it waited until it failed is the last that its transaction wanted. */
function askedInVain(
  { text, startedAt, duration, error }: StatementResult,
  { name }: StepResult,
  waits: readonly LockWait[],
): readonly MigrationLock[] {
  if (error === undefined) return [];
  return waits.flatMap(({ waiter, relation, mode, startedAt: at, end }) =>
    waiter.kind === 'migration' &&
    waiter.name === name &&
    end !== 'granted' &&
    at >= startedAt &&
    at <= startedAt + duration &&
    relation !== '' &&
    isLockMode(mode)
      ? [{ relation, mode, statement: text, grantedAt: at, releasedAt: at }]
      : [],
  );
}

/** A script may commit in the midst of a statement: what was released before the next lock came is another transaction's. */
function heldTogether(locks: readonly MigrationLock[]): readonly (readonly MigrationLock[])[] {
  const parts: MigrationLock[][] = [];
  for (const lock of locks) {
    const last = parts.at(-1);
    if (last === undefined || last.every(({ releasedAt }) => releasedAt <= lock.grantedAt))
      parts.push([lock]);
    else last.push(lock);
  }
  return parts;
}

const distinct = (locks: readonly MigrationLock[]): readonly MigrationLock[] =>
  locks.filter((lock, index) => locks.findIndex((other) => isSame(other, lock)) === index);
