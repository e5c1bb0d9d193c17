import type { StepResult } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import type { Detector } from './observed.ts';
import { LOCK_TIMEOUT_SQL } from './safer.ts';
import { isNoticeable } from './severity.ts';
import { shapesOf } from './shape.ts';

/** One finding a step: its longest wait for a lock that keeps the traffic out, which nothing limited. */
export const noLockTimeout: Detector = ({ result, statements }) =>
  (result.migration?.steps ?? []).flatMap((step, index) => {
    const strong = statements
      .filter(({ stepIndex }) => stepIndex === index)
      .flatMap(({ blocking }) => blocking);
    const [longest] = strong.toSorted((a, b) => b.waited - a.waited);
    if (longest === undefined || hasLockTimeout(step)) return [];
    const { relation, mode, waited } = longest;
    return [
      {
        severity: isNoticeable(waited) ? ('warning' as const) : ('info' as const),
        step: index,
        relation,
        title: `nothing limited how long the migration may wait for ${mode} on ${relation}, with the traffic behind it`,
        evidence: [
          `asked for ${mode} on ${relation} without a lock_timeout and waited ${formatDuration(waited)}`,
        ],
        safer: `set a lock_timeout for the step and let it try again\n${LOCK_TIMEOUT_SQL}`,
      },
    ];
  });

function hasLockTimeout({ lockTimeout, statements }: StepResult): boolean {
  if (lockTimeout !== undefined && lockTimeout > 0) return true;
  return statements.some(({ text }) => shapesOf(text).some(({ kind }) => kind === 'set-lock-timeout'));
}
