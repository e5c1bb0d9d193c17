import type { Attempt, StepResult } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

import type { Detector, Observed } from './observed.ts';
import { phaseWaits } from './phase-waits.ts';
import { sessionAtWork } from './session-name.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/** How often a step gave up under its lock_timeout; that is what a lock_timeout is for, so it is no reproach. */
export const failedAttempts: Detector = ({ result }) => {
  return (result.migration?.steps ?? []).flatMap((step, index) => {
    const numbered = step.attempts.map((attempt, at) => ({ ...attempt, number: at + 1 }));
    const gaveUp = numbered.filter(({ sqlState }) => sqlState === LOCK_NOT_AVAILABLE);
    return gaveUp.length === 0 ? [] : [repeated(step, index, gaveUp)];
  });
};

/** Counted from 1. */
type Numbered = Attempt & { readonly number: number };

function repeated(step: StepResult, index: number, gaveUp: readonly Numbered[]): Observed {
  const applied = step.outcome === 'applied';
  const times = gaveUp.length === 1 ? 'once' : `${gaveUp.length} times`;
  const more = gaveUp.length - SHOWN;
  return {
    severity: applied ? 'info' : 'warning',
    step: index,
    title: `gave up waiting for a lock ${times}${applied ? `, then succeeded` : ' and never got it'}`,
    evidence: [
      ...gaveUp.slice(0, SHOWN).map((attempt) => attemptSentence(attempt)),
      ...(more > 0 ? [`… and ${more} more`, ofAll(gaveUp)] : []),
      ...new Set(step.statements.flatMap(phaseWaits)),
    ],
    safer: applied
      ? undefined
      : 'allow more retries with a longer pause between them, or run it when what blocks it is not running',
  };
}

const SHOWN = 5;

/** `attempt 2 waited 203 ms for AccessExclusiveLock on orders behind the actor report (SELECT …); 14 arrivals waited, the longest 210 ms`. */
function attemptSentence({ number, ...attempt }: Numbered): string {
  const { duration, waited = duration, lock, behind, impact } = attempt;
  const what = lock === undefined ? 'a lock' : `${lock.mode} on ${lock.relation || lock.lockType}`;
  const whom = behind === undefined ? '' : ` behind ${sessionAtWork(behind)}`;
  return `attempt ${number} waited ${formatDuration(waited)} for ${what}${whom}${suffered(impact)}`;
}

function suffered(impact: Attempt['impact']): string {
  if (impact === undefined) return '';
  if (impact.waited === 0) return '; no arrival was seen waiting';
  return `; ${formatCount(impact.waited)} ${impact.waited === 1 ? 'arrival' : 'arrivals'} waited, the longest ${formatDuration(impact.longestWait)}`;
}

function ofAll(gaveUp: readonly Attempt[]): string {
  const longest = (of: (attempt: Attempt) => number): string =>
    formatDuration(milliseconds(gaveUp.reduce((most, attempt) => Math.max(most, of(attempt)), 0)));
  return `of all ${gaveUp.length} the longest waited ${longest(({ waited, duration }) => waited ?? duration)}, and the traffic behind them ${longest(({ impact }) => impact?.longestWait ?? 0)} at most`;
}
