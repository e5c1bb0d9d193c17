import type { StatementResult } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import { sessionAtWork } from './session-name.ts';
import { isNoticeable } from './severity.ts';

/** `waited 3.2 s for old snapshots of the actor monthly_report (SELECT …)`: the phases of an index build that others drew out. */
export const phaseWaits = ({ phases = [] }: StatementResult): readonly string[] =>
  phases.flatMap(({ phase, waitedFor }) =>
    waitedFor
      .filter(({ duration }) => isNoticeable(duration))
      .map(({ session, duration }) => {
        const what = phase.replace(/^waiting for /, '');
        const joined = what === 'old snapshots' ? ' of' : ':';
        return `waited ${formatDuration(duration)} for ${what}${joined} ${sessionAtWork(session)}`;
      }),
  );
