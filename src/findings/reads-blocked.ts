import type { LockWait, Result } from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { blockedByTableLocks } from './blocked-tables.ts';
import type { Detector, Observed, Scene } from './observed.ts';
import { askBriefly, saferWay } from './safer.ts';
import { isNoticeable, severityOf } from './severity.ts';
import { placeOf, type MigrationStatement } from './statements.ts';
import { impactSentence } from './suffering.ts';

/** By a lock on the table, or by one on its index that no lock on the table tells of. */
export const readsBlocked: Detector = (scene) => [
  ...blockedByTableLocks(scene, 'reads'),
  ...blockedByIndexLocks(scene),
];

/**
 * REINDEX takes ShareLock on the table, which lets reads go on, and AccessExclusiveLock on the index; but the planner opens every
 * index of a table, so that each SELECT that is planned on it waits. Only the traffic shows that.
 */
function blockedByIndexLocks(scene: Scene): readonly Observed[] {
  const waits = scene.result.lockWaits.filter((wait) => isForIndex(scene.result, wait));
  const indexes = new Set(waits.map(({ step, relation }) => `${step ?? ''} ${relation}`));
  return [...indexes].flatMap((key) => {
    const own = waits.filter(({ step, relation }) => `${step ?? ''} ${relation}` === key);
    const [worst] = own.toSorted((a, b) => b.duration - a.duration);
    const at = worst === undefined ? undefined : holderOf(scene, worst);
    return worst === undefined || at === undefined || !isNoticeable(worst.duration)
      ? []
      : [blocked(scene.result, at, { worst, waits: own.length })];
  });
}

/** A plain SELECT's wait, behind the migration, for what is no table that anybody knows of. */
function isForIndex({ relations, migration }: Result, wait: LockWait): boolean {
  const { relation, lockType, mode, waiter, root, step } = wait;
  const isTable =
    relations.some(({ name }) => name === relation) ||
    (migration?.steps ?? []).some(({ statements }) =>
      statements.some(({ locks }) => locks.some((lock) => lock.relation === relation)),
    );
  return (
    waiter.kind === 'traffic' &&
    step !== undefined &&
    root?.kind === 'migration' &&
    lockType === 'relation' &&
    mode === 'AccessShareLock' &&
    relation !== '' &&
    !isTable
  );
}

/** The statement that was running, and kept the writers out meanwhile. */
function holderOf({ statements }: Scene, wait: LockWait): MigrationStatement | undefined {
  return statements.find(
    ({ stepIndex, blocking }) =>
      stepIndex === wait.step &&
      blocking.some(
        ({ grantedAt, held }) =>
          grantedAt < wait.startedAt + wait.duration && grantedAt + held > wait.startedAt,
      ),
  );
}

interface IndexWaits {
  readonly worst: LockWait;
  readonly waits: number;
}

function blocked(result: Result, at: MigrationStatement, { worst, waits }: IndexWaits): Observed {
  const { relation: index, duration } = worst;
  const table = at.blocking[0]?.relation ?? '';
  const { text } = at.statement;
  return {
    severity: severityOf(duration),
    ...placeOf(at),
    relation: table,
    title: `reads of ${table} were blocked for ${formatDuration(duration)} by the lock on its index ${index}`,
    evidence: [
      `${formatCount(waits)} ${waits === 1 ? 'read' : 'reads'} waited for AccessShareLock on ${index}, the longest ${formatDuration(duration)}`,
      `${at.blocking[0]?.mode ?? ''} on ${table} alone would have let them go on: the planner opens every index of the table`,
      impactSentence(at.step.impact),
    ],
    safer: saferWay(at.statement, result) ?? askBriefly(text),
  };
}
