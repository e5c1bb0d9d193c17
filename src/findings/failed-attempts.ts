import type { Attempt, StepResult } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import type { Detector, Observed } from './observed.ts';
import { andList } from './work-sentence.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/** How often a step gave up under its lock_timeout; that is what a lock_timeout is for, so it is no reproach. */
export const failedAttempts: Detector = ({ result }) => {
  return (result.migration?.steps ?? []).flatMap((step, index) => {
    const gaveUp = step.attempts.filter(({ sqlState }) => sqlState === LOCK_NOT_AVAILABLE);
    return gaveUp.length === 0 ? [] : [repeated(step, index, gaveUp)];
  });
};

function repeated(step: StepResult, index: number, gaveUp: readonly Attempt[]): Observed {
  const applied = step.outcome === 'applied';
  const times = gaveUp.length === 1 ? 'once' : `${gaveUp.length} times`;
  return {
    severity: applied ? 'info' : 'warning',
    step: index,
    title: `gave up waiting for a lock ${times}${applied ? `, then succeeded` : ' and never got it'}`,
    evidence: [
      `attempts that gave up took ${andList(gaveUp.slice(0, SHOWN).map(({ duration }) => formatDuration(duration)))}${gaveUp.length > SHOWN ? ', …' : ''}`,
    ],
    safer: applied
      ? undefined
      : 'allow more retries with a longer pause between them, or run it when what blocks it is not running',
  };
}

const SHOWN = 10;
