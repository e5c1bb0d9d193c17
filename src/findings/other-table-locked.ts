import type { LockWait, StatementLock } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds, type Milliseconds } from '../units.ts';

import { rowsOf } from './growing-work.ts';
import type { Detector, Observed, Scene } from './observed.ts';
import { isOtherTable, targetsOf } from './other-tables.ts';
import { askBriefly, saferWay } from './safer.ts';
import { estimateAtFullScale, isNoticeable, severityOf, worse, type Estimate } from './severity.ts';
import { longestHold, placeOf, type MigrationStatement } from './statements.ts';
import { nobodyNeeded } from './suffering.ts';
import { andList, blockedWork, locksHeld } from './work-sentence.ts';

/** One finding a statement. However short the lock, somebody has to know of it: it queues behind every long reader of that table. */
export const otherTableLocked: Detector = (scene) =>
  scene.statements.flatMap((whole) => {
    const blocking = whole.blocking.filter(({ relation }) => isOtherTable(scene, whole, relation));
    return blocking.length === 0 ? [] : [locked(scene, { ...whole, blocking })];
  });

function locked(scene: Scene, at: MigrationStatement): Observed {
  const { statement, step, stepIndex, blocking } = at;
  const hold = longestHold(blocking);
  const waits = blocking.map((lock) => ({ lock, waits: waitsFor(scene, stepIndex, lock) }));
  const [worst] = waits.toSorted((a, b) => longest(b.waits) - longest(a.waits));
  const estimate = growth(scene, at);
  const isSpared = nobodyNeeded(step, hold) && estimate?.severity === 'danger';
  const suffered = severityOf(longest(worst?.waits ?? []));
  const named = targetsOf(statement) ?? [];
  const others = andList([...new Set(blocking.map(({ relation }) => relation))]);
  return {
    severity: estimate === undefined ? suffered : worse(suffered, isSpared ? 'warning' : estimate.severity),
    ...placeOf(at),
    relation: worst?.lock.relation,
    title: `${named.length === 0 ? 'a statement that names no table' : `a statement about ${andList(named)}`} locked ${others}: ${blockedWork(blocking)} were blocked for ${formatDuration(hold)}`,
    evidence: [
      ...locksHeld(blocking),
      ...waits.map(({ lock, waits: own }) => sufferedSentence(lock, own)),
      ...ownWait(blocking),
    ],
    estimate: estimate?.sentence,
    safer: saferWay(statement, scene.result) ?? askBriefly(statement.text),
  };
}

/** Of the traffic, for that table, while the lock was held. */
function waitsFor({ result }: Scene, step: number, lock: StatementLock): readonly LockWait[] {
  return result.lockWaits.filter(
    (wait) =>
      wait.step === step &&
      wait.waiter.kind === 'traffic' &&
      wait.relation === lock.relation &&
      wait.startedAt < lock.grantedAt + lock.held &&
      wait.startedAt + wait.duration > lock.grantedAt,
  );
}

const longest = (waits: readonly LockWait[]): Milliseconds =>
  milliseconds(waits.reduce((most, { duration }) => Math.max(most, duration), 0));

function sufferedSentence({ relation }: StatementLock, waits: readonly LockWait[]): string {
  if (waits.length === 0) return `no request of the traffic was seen waiting for ${relation}`;
  const requests = waits.length === 1 ? '1 request' : `${formatCount(waits.length)} requests`;
  return `${requests} of the traffic waited for ${relation}, the longest ${formatDuration(longest(waits))}`;
}

function ownWait(blocking: readonly StatementLock[]): readonly string[] {
  return blocking
    .filter(({ waited }) => isNoticeable(waited))
    .map(
      ({ relation, waited }) =>
        `it waited ${formatDuration(waited)} for ${relation} itself, with the traffic behind it`,
    );
}

/** A lock is held for as long as the statement works; what reads or writes whole tables works longer at scale 1. */
function growth(
  { result }: Scene,
  { statement, scanned, rewritten }: MigrationStatement,
): Estimate | undefined {
  const [largest] = [...scanned, ...rewritten].toSorted((a, b) => b.bytes - a.bytes);
  if (largest === undefined) return undefined;
  const rows = rowsOf(result, largest.relation, largest.rows);
  return estimateAtFullScale(statement.working, rows, result.dataset.scale);
}
