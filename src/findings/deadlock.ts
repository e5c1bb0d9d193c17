import { DEADLOCK_DETECTED } from '../postgres/index.ts';
import type { Deadlock, Result } from '../result/index.ts';
import { formatCount } from '../units.ts';

import { deadlockStory } from './deadlock-story.ts';
import { lockOrderInversion } from './lock-order-inversion.ts';
import type { Detector } from './observed.ts';
import { failures, failureSentences } from './traffic-errors.ts';

/** Traffic that deadlocks with itself does so in the baseline too; then the migration is only a suspect, unless it is known who was in it. */
export const deadlock: Detector = (scene) => {
  const { result } = scene;
  const known = duringMigration(result);
  const victims = failureSentences(result, 'deadlock', ['migration']);
  const cancelled = cancelledSteps(result);
  const before = failures(result, 'deadlock', ['warmup', 'baseline']);
  if (victims.length + cancelled.length + known.length === 0) return [];
  const ours = known.filter(involvesMigration);
  const isOurs = cancelled.length > 0 || (known.length > 0 ? ours.length > 0 : before === 0);
  const step = cancelled[0]?.index ?? stepOf(ours[0], result);
  return [
    {
      severity: isOurs ? 'danger' : 'warning',
      step,
      title: isOurs
        ? 'the migration and the traffic deadlocked'
        : `the traffic deadlocked while the migration ran, ${before > 0 ? 'as it did before' : 'but not with it'}`,
      evidence: [
        ...cancelled.map(cancelledSentence),
        ...stories(ours.length > 0 ? ours : known),
        ...victims,
        ...usualSentence(before),
      ],
      safer: lockOrderInversion(scene).find((one) => one.step === step)?.safer ?? ONE_TABLE,
    },
  ];
};

const ONE_TABLE =
  'one table a transaction: lock a single table in each transaction of the migration, or take the locks in the order in which the traffic takes them, with a short lock_timeout and retries';

function stories(deadlocks: readonly Deadlock[]): readonly string[] {
  const more = deadlocks.length - SHOWN;
  return [
    ...deadlocks.slice(0, SHOWN).map(deadlockStory),
    ...(more > 0 ? [`… and ${formatCount(more)} more deadlocks`] : []),
  ];
}

const SHOWN = 3;

const duringMigration = ({ deadlocks = [], migration }: Result): readonly Deadlock[] =>
  migration === undefined
    ? []
    : deadlocks.filter(
        ({ at }) => at >= migration.startedAt && at <= migration.startedAt + migration.duration,
      );

const involvesMigration = ({ participants }: Deadlock): boolean =>
  participants.some(({ session }) => session.kind === 'migration');

/** The step that was running; its sessions have its name. */
function stepOf(one: Deadlock | undefined, { migration }: Result): number | undefined {
  const names = one?.participants.flatMap(({ session }) =>
    session.kind === 'migration' ? session.name : [],
  );
  const index = (migration?.steps ?? []).findIndex(({ name }) => names?.includes(name) === true);
  return index < 0 ? undefined : index;
}

interface CancelledStep {
  readonly index: number;
  readonly name: string;
  readonly times: number;
}

const usualSentence = (before: number): readonly string[] =>
  before > 0 ? [`${formatCount(before)} deadlocks already before the migration`] : [];

const cancelledSentence = ({ name, times }: CancelledStep): string =>
  `the server cancelled the migration's ${name} ${times === 1 ? 'once' : `${times} times`} to end a deadlock`;

function cancelledSteps(result: Result): readonly CancelledStep[] {
  return (result.migration?.steps ?? []).flatMap(({ name, attempts, error }, index) => {
    const retried = attempts.filter(({ sqlState }) => sqlState === DEADLOCK_DETECTED).length;
    const times = Math.max(retried, error?.sqlState === DEADLOCK_DETECTED ? 1 : 0);
    return times === 0 ? [] : [{ index, name, times }];
  });
}
