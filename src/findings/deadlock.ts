import type { Result } from '../result/index.ts';
import { formatCount } from '../units.ts';

import type { Detector } from './observed.ts';
import { failures, failureSentences } from './traffic-errors.ts';

const DEADLOCK_DETECTED = '40P01';

/** Traffic that deadlocks with itself does so in the baseline too; then the migration is only a suspect. */
export const deadlock: Detector = ({ result }) => {
  const victims = failureSentences(result, 'deadlock', ['migration']);
  const cancelled = cancelledSteps(result);
  const before = failures(result, 'deadlock', ['warmup', 'baseline']);
  if (victims.length === 0 && cancelled.length === 0) return [];
  const usual = before > 0 && cancelled.length === 0;
  return [
    {
      severity: usual ? 'warning' : 'danger',
      step: cancelled[0]?.index,
      title: usual
        ? 'the traffic deadlocked while the migration ran, as it did before'
        : 'the migration and the traffic deadlocked',
      evidence: [
        ...cancelled.map(
          ({ name, times }) =>
            `the server cancelled the migration's ${name} ${times === 1 ? 'once' : `${times} times`} to end a deadlock`,
        ),
        ...victims,
        ...(before > 0 ? [`${formatCount(before)} deadlocks already before the migration`] : []),
      ],
      safer:
        'one table a transaction: lock a single table in each transaction of the migration, or take the locks in the order in which the traffic takes them, with a short lock_timeout and retries',
    },
  ];
};

interface CancelledStep {
  readonly index: number;
  readonly name: string;
  readonly times: number;
}

function cancelledSteps(result: Result): readonly CancelledStep[] {
  return (result.migration?.steps ?? []).flatMap(({ name, attempts, error }, index) => {
    const retried = attempts.filter(({ sqlState }) => sqlState === DEADLOCK_DETECTED).length;
    const times = Math.max(retried, error?.sqlState === DEADLOCK_DETECTED ? 1 : 0);
    return times === 0 ? [] : [{ index, name, times }];
  });
}
