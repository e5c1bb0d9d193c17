import type { StatementLock, StepResult } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import type { Detector } from './observed.ts';
import { LOCK_TIMEOUT_SQL } from './safer.ts';
import { isNoticeable } from './severity.ts';
import { shapesOf } from './shape.ts';
import { placeOf, type MigrationStatement } from './statements.ts';
import { tablesRewritten } from './table-rewrite.ts';

/** One finding a step: its longest wait for a lock that keeps the traffic out, which nothing limited. */
export const noLockTimeout: Detector = ({ result, statements }) =>
  (result.migration?.steps ?? []).flatMap((step, index) => {
    const strong = statements.filter(({ stepIndex }) => stepIndex === index).flatMap(strongLocks);
    const [longest] = strong.toSorted((a, b) => b.waited - a.waited);
    if (longest === undefined || hasLockTimeout(step)) return [];
    const { at, relation, mode, waited } = longest;
    return [
      {
        severity: isNoticeable(waited) ? ('warning' as const) : ('info' as const),
        ...placeOf(at),
        relation,
        title: `nothing limited how long the migration may wait for ${mode} on ${relation}, with the traffic behind it`,
        evidence: [
          `asked for ${mode} on ${relation} without a lock_timeout and waited ${formatDuration(waited)}`,
        ],
        safer: `set a lock_timeout for the step and let it try again\n${LOCK_TIMEOUT_SQL}`,
      },
    ];
  });

type StrongLock = Pick<StatementLock, 'relation' | 'mode' | 'waited'> & { readonly at: MigrationStatement };

/** VACUUM FULL outside of a transaction shows its lock to samples only, which may miss it; but every rewrite has it. */
function strongLocks(at: MigrationStatement): readonly StrongLock[] {
  const unseen = tablesRewritten(at).filter(
    ({ relation }) => !at.blocking.some((lock) => lock.relation === relation),
  );
  const { waiting: waited } = at.statement;
  return [
    ...at.blocking.map(({ relation, mode, waited: own }) => ({ at, relation, mode, waited: own })),
    ...unseen.map(({ relation }) => ({ at, relation, mode: 'AccessExclusiveLock' as const, waited })),
  ];
}

function hasLockTimeout({ lockTimeout, statements }: StepResult): boolean {
  if (lockTimeout !== undefined && lockTimeout > 0) return true;
  return statements.some(({ text }) => shapesOf(text).some(({ kind }) => kind === 'set-lock-timeout'));
}
