import { formatDuration, milliseconds } from '../units.ts';

import type { Detector, Observed, Scene } from './observed.ts';
import { saferWay } from './safer.ts';
import { largestScan } from './scan-under-lock.ts';
import { isNoticeable, severityOf } from './severity.ts';
import { longestHold, type MigrationStatement } from './statements.ts';
import { impactSentence, sufferingFrom, nobodyNeeded } from './suffering.ts';
import { tablesRewritten } from './table-rewrite.ts';
import { blockedWork, workSentence } from './work-sentence.ts';

/** Long holds that no rewrite or scan by the same statement explains. */
export const lockHeld: Detector = (scene) =>
  scene.statements
    .filter((at) => isNoticeable(longestHold(at.blocking)) && !isExplained(at))
    .map((at) => held(scene, at));

const isExplained = (at: MigrationStatement): boolean =>
  tablesRewritten(at).length > 0 || largestScan(at) !== undefined;

function held(scene: Scene, at: MigrationStatement): Observed {
  const hold = longestHold(at.blocking);
  const suffered = milliseconds(Math.min(sufferingFrom(scene, at), hold));
  const [first] = at.blocking;
  return {
    // Nobody waited in this run; at a second, the next run may meet somebody.
    severity:
      suffered === 0 && severityOf(hold) === 'danger' && !nobodyNeeded(at.step, hold)
        ? 'warning'
        : severityOf(suffered),
    step: at.stepIndex,
    relation: first?.relation,
    title: `${blockedWork(at.blocking)} were blocked for ${formatDuration(hold)}`,
    evidence: [workSentence(at), ...heldAfterwards(at), impactSentence(at.step.impact)],
    safer: saferWay(at.statement.text) ?? shorterTransaction(at),
  };
}

/** A lock lives to the end of its transaction, whatever that does next. */
function heldAfterwards({ statement, blocking }: MigrationStatement): readonly string[] {
  const rest = milliseconds(longestHold(blocking) - statement.working);
  return isNoticeable(rest)
    ? [
        `the statement itself worked ${formatDuration(statement.working)}; the lock was kept for ${formatDuration(rest)} more by what followed in its transaction`,
      ]
    : [];
}

function shorterTransaction(at: MigrationStatement): string | undefined {
  return heldAfterwards(at).length === 0
    ? undefined
    : 'commit right after this statement and do the rest in a transaction of its own, so that its lock is not kept meanwhile';
}
