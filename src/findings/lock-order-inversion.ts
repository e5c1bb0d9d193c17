import { inversions, type Inversion } from '../postgres/index.ts';
import type { LockTaken, Result } from '../result/index.ts';
import { formatDuration, milliseconds } from '../units.ts';

import { lockSequences, type LockSequence, type MigrationLock } from './migration-locks.ts';
import { LOCK_TIMEOUT_SQL } from './safer.ts';
import type { Detector, Observed } from './observed.ts';
import { saferOrder } from './safer-order.ts';
import { statementText } from './session-name.ts';
import { andList } from './work-sentence.ts';

/** Two tables that the migration and the traffic lock in opposite order, whether or not they met in this run. */
export const lockOrderInversion: Detector = ({ result }) => {
  const found = lockSequences(result).flatMap((sequence) => invertedIn(sequence, result));
  const byPair = new Map<string, Inverted[]>();
  for (const one of found) {
    const { held, wanted } = one.inversion.one;
    const key = JSON.stringify([one.sequence.stepIndex, ...[held.relation, wanted.relation].sort()]);
    byPair.set(key, [...(byPair.get(key) ?? []), one]);
  }
  return [...byPair.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [observed(result, first, group)];
  });
};

interface Inverted {
  readonly sequence: LockSequence;
  readonly transaction: string;
  readonly inversion: Inversion<MigrationLock, LockTaken>;
}

const invertedIn = (sequence: LockSequence, { aftermath }: Result): readonly Inverted[] =>
  (aftermath?.transactionLocks ?? []).flatMap(({ transaction, ways }) =>
    ways.flatMap((way) =>
      inversions(sequence.locks, way).map((inversion) => ({ sequence, transaction, inversion })),
    ),
  );

function observed(result: Result, first: Inverted, group: readonly Inverted[]): Observed {
  const { held, wanted } = first.inversion.one;
  const transactions = [...new Set(group.map(({ transaction }) => transaction))];
  const isOneTable = held.relation === wanted.relation;
  const fired = deadlocksBetween(result, [held.relation, wanted.relation]);
  return {
    severity: fired > 0 ? 'danger' : 'warning',
    step: first.sequence.stepIndex,
    relation: wanted.relation,
    title: isOneTable
      ? `the migration and ${andList(transactions)} can deadlock on ${held.relation}: both ask for a stronger lock on it while they hold a weaker one`
      : `the migration and ${andList(transactions)} can deadlock: they lock ${held.relation} and ${wanted.relation} in opposite order`,
    evidence: [
      orderSentence('the migration', held, wanted),
      ...transactions.slice(0, SHOWN).flatMap((name) => trafficSentence(name, group)),
      ...(transactions.length > SHOWN ? [`… and ${transactions.length - SHOWN} more transactions`] : []),
      ...meeting(held, wanted, fired),
    ],
    safer: saferWay(result, first),
  };
}

const SHOWN = 3;

function trafficSentence(name: string, group: readonly Inverted[]): readonly string[] {
  const one = group.find(({ transaction }) => transaction === name);
  return one === undefined ? [] : [orderSentence(name, one.inversion.other.held, one.inversion.other.wanted)];
}

/** `pay_order locks orders first (RowExclusiveLock: UPDATE orders …), then payments (…)`. */
function orderSentence(who: string, first: LockTaken, second: LockTaken): string {
  if (first.statement === second.statement && first.relation !== second.relation)
    return `${who} locks ${first.relation} first (${first.mode}), then ${second.relation} (${second.mode}), both in ${statementText(first.statement)}`;
  const lock = ({ mode, statement }: LockTaken): string => `(${mode}: ${statementText(statement)})`;
  return first.relation === second.relation
    ? `${who} locks ${first.relation} ${lock(first)}, then asks for more ${lock(second)}`
    : `${who} locks ${first.relation} first ${lock(first)}, then ${second.relation} ${lock(second)}`;
}

function meeting(held: MigrationLock, wanted: MigrationLock, fired: number): readonly string[] {
  if (fired > 0) return [`${fired === 1 ? 'one deadlock' : `${fired} deadlocks`} between them in this run`];
  // It never got the second one.
  if (wanted.releasedAt <= wanted.grantedAt) return [];
  const window = milliseconds(Math.max(0, wanted.grantedAt - held.grantedAt));
  return [
    `none fired in this run: the migration had the second lock ${formatDuration(window)} after the first, and only who comes in between is caught`,
  ];
}

/** Of the migration with somebody, over one of these tables. */
const deadlocksBetween = (result: Result, relations: readonly string[]): number =>
  (result.deadlocks ?? []).filter(
    ({ participants }) =>
      participants.some(({ session }) => session.kind === 'migration') &&
      participants.some(({ relation }) => relations.includes(relation)),
  ).length;

function saferWay({ aftermath }: Result, { sequence, inversion }: Inverted): string {
  const ways = (aftermath?.transactionLocks ?? []).flatMap((one) => one.ways);
  return saferOrder(sequence.locks, inversion.one, { ways, limit: LOCK_TIMEOUT_SQL });
}
