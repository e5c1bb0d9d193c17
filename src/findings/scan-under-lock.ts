import type { RelationWork, StatementLock } from '../result/index.ts';
import { formatSize } from '../units.ts';

import { growingWork, rowsOf } from './growing-work.ts';
import type { Detector, Scene } from './observed.ts';
import type { MigrationStatement } from './statements.ts';
import { tablesRewritten } from './table-rewrite.ts';
import { blockedWork } from './work-sentence.ts';

/**
 * One finding a statement: the largest table that it read while a lock in force, its own or that of an earlier
 * statement of the same transaction, kept readers or writers out. A rewrite reads its table too, and is named as such.
 */
export const scanUnderLock: Detector = (scene) =>
  scene.statements.flatMap((at) => {
    const inForce = inForceDuring(scene, at);
    const largest = largestScan(at);
    if (inForce.length === 0 || largest === undefined) return [];
    const { relation, bytes, rows } = largest;
    // What is read is told first: that is what people waited for.
    const isRead = (lock: StatementLock): boolean => lock.relation === relation;
    const blocking = [...inForce.filter(isRead), ...inForce.filter((lock) => !isRead(lock))];
    const title = `all of ${relation} (${formatSize(bytes)}) was read while ${blockedWork(blocking)} were blocked`;
    return [
      growingWork(scene, {
        at: { ...at, blocking },
        relation,
        rows: rowsOf(scene.result, relation, rows),
        title,
      }),
    ];
  });

/** The largest table that the statement read but did not write anew. */
export function largestScan(at: MigrationStatement): RelationWork | undefined {
  return tablesRewritten(at).length > 0 ? undefined : at.scanned.toSorted((a, b) => b.bytes - a.bytes)[0];
}

function inForceDuring({ statements }: Scene, at: MigrationStatement): readonly StatementLock[] {
  const { startedAt, duration } = at.statement;
  return statements
    .filter(({ stepIndex }) => stepIndex === at.stepIndex)
    .flatMap(({ blocking }) => blocking)
    .filter(({ grantedAt, held }) => grantedAt < startedAt + duration && grantedAt + held > startedAt);
}
