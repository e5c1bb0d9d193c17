import type { StepResult } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import type { Detector } from './observed.ts';
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

/** 200 ms: a queue of that length is a hiccup, and a step that gives up is tried again. */
export const LOCK_TIMEOUT_SQL =
  "SET lock_timeout = '200ms';  -- in the scenario: lock_timeout: 200ms, with retries";

function hasLockTimeout({ lockTimeout, statements }: StepResult): boolean {
  if (lockTimeout !== undefined && lockTimeout > 0) return true;
  return statements.some(({ text }) => shapesOf(text).some(({ kind }) => kind === 'set-lock-timeout'));
}
