import { blocksReads } from '../postgres/index.ts';
import type { StatementLock } from '../result/index.ts';
import { formatDuration, milliseconds } from '../units.ts';

import type { Observed, Scene } from './observed.ts';
import { isOtherTable } from './other-tables.ts';
import { keptAfter } from './kept-after.ts';
import { askBriefly, saferWay } from './safer.ts';
import { largestScan } from './scan-under-lock.ts';
import { isNoticeable, severityOf } from './severity.ts';
import { longestHold, placeOf, type MigrationStatement } from './statements.ts';
import { impactSentence, nobodyNeeded, sufferingFrom } from './suffering.ts';
import { tablesRewritten } from './table-rewrite.ts';
import { blockedWork, workSentence } from './work-sentence.ts';

/** What a lock keeps out: one that keeps out reads keeps out writes too. */
export type KeptOut = 'reads' | 'writes';

/** One finding a statement: long holds of table locks of this kind that no other finding explains. */
export function blockedByTableLocks(scene: Scene, kept: KeptOut): readonly Observed[] {
  return scene.statements.flatMap((whole) => {
    const locks = whole.blocking.filter(
      (lock) =>
        (kept === 'reads') === blocksReads(lock.mode) &&
        isNoticeable(lock.held) &&
        !isOtherTable(scene, whole, lock.relation) &&
        !isExplained(scene, whole, lock),
    );
    const at = { ...whole, blocking: locks };
    return locks.length === 0 || isOnlyKept(scene, at) ? [] : [blocked(scene, at)];
  });
}

/** By a rewrite or a scan, of the statement itself or of one that took most of the hold. */
function isExplained({ statements }: Scene, at: MigrationStatement, lock: StatementLock): boolean {
  return statements
    .filter(({ stepIndex }) => stepIndex === at.stepIndex)
    .filter((one) => tablesRewritten(one).length > 0 || largestScan(one) !== undefined)
    .some(
      ({ statement: { startedAt, working }, statement }) =>
        statement === at.statement ||
        (startedAt >= lock.grantedAt && startedAt < lock.grantedAt + lock.held && 2 * working >= lock.held),
    );
}

/** Nobody suffered, and the statement itself was short: `lock-held` says it all. */
function isOnlyKept(scene: Scene, at: MigrationStatement): boolean {
  const own = Math.max(...at.blocking.map((lock) => lock.held - keptAfter(at.statement, lock)));
  return !isNoticeable(milliseconds(own)) && !isNoticeable(sufferingFrom(scene, at));
}

function blocked(scene: Scene, at: MigrationStatement): Observed {
  const hold = longestHold(at.blocking);
  const { text } = at.statement;
  return {
    severity: severityOfHold(scene, at),
    ...placeOf(at),
    relation: at.blocking[0]?.relation,
    title: `${blockedWork(at.blocking)} were blocked for ${formatDuration(hold)}`,
    evidence: [workSentence(at), impactSentence(at.step.impact)],
    safer: saferWay(at.statement, scene.result) ?? askBriefly(text),
  };
}

/** What the traffic suffered, of this time of the hold. A second that nobody met in this run may meet somebody in the next. */
export function severityOfHold(
  scene: Scene,
  at: MigrationStatement,
  hold = longestHold(at.blocking),
): Observed['severity'] {
  const suffered = milliseconds(Math.min(sufferingFrom(scene, at), hold));
  return suffered === 0 && severityOf(hold) === 'danger' && !nobodyNeeded(at.step, hold)
    ? 'warning'
    : severityOf(suffered);
}
