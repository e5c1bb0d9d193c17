import type { Attempt, LockWait, StepResult } from '../result/index.ts';
import type { SlowArrival } from '../traffic/index.ts';
import { milliseconds } from '../units.ts';

import { waitersOf } from './attribute.ts';
import { overlap, spanOf, union } from './span.ts';

interface Evidence {
  /** Of the whole run. */
  readonly lockWaits: readonly LockWait[];
  /** Place of the step. */
  readonly index: number;
  readonly slow: readonly SlowArrival[];
}

/** What each try at a step waited for, behind whom, and what the traffic paid for it. */
export const toldAttempts = (step: StepResult, evidence: Evidence): readonly Attempt[] =>
  step.attempts.map((attempt) => toldAttempt(attempt, step, evidence));

function toldAttempt(attempt: Attempt, step: StepResult, { lockWaits, index, slow }: Evidence): Attempt {
  const span = spanOf(attempt);
  const within = lockWaits.filter((wait) => overlap(spanOf(wait), span) > 0);
  const own = within.filter(({ waiter }) => waiter.kind === 'migration' && waiter.name === step.name);
  const [longest] = own.toSorted((one, other) => other.duration - one.duration);
  const behind = longest?.root ?? longest?.blockers[0];
  const suffered = within.filter((wait) => wait.step === index && wait.waiter.kind === 'traffic');
  const during = slow.filter(({ at, endedAt }) => overlap({ from: at, to: endedAt }, span) > 0);
  const waited = suffered.length === 0 ? [] : during.filter(waitersOf(suffered));
  return {
    ...attempt,
    waited: waitOf(attempt, step, own),
    ...(longest === undefined
      ? {}
      : { lock: { lockType: longest.lockType, relation: longest.relation, mode: longest.mode } }),
    ...(behind === undefined ? {} : { behind }),
    impact: {
      waited: waited.length,
      longestWait: milliseconds(waited.reduce((most, { at, endedAt }) => Math.max(most, endedAt - at), 0)),
    },
  };
}

/** A wait that was over before anybody looked is known from its statement, which gave up. */
function waitOf(attempt: Attempt, { statements }: StepResult, own: readonly LockWait[]): Attempt['duration'] {
  const span = spanOf(attempt);
  const seen = union(own.map(spanOf)).reduce((sum, wait) => sum + Math.max(0, overlap(wait, span)), 0);
  const told = statements
    .filter((statement) => overlap(spanOf(statement), span) > 0)
    .reduce((sum, { waiting }) => sum + waiting, 0);
  return milliseconds(Math.min(attempt.duration, Math.max(seen, told)));
}
