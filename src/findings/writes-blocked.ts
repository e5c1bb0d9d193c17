import type { LockWait, Result, StepResult } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

import { blockedByTableLocks } from './blocked-tables.ts';
import type { Detector, Observed } from './observed.ts';
import { targetsOf } from './other-tables.ts';
import { plainName } from './plain-name.ts';
import { saferWay } from './safer.ts';
import { isNoticeable, severityOf } from './severity.ts';
import { impactSentence } from './suffering.ts';

/** By a lock on the table, or by locks on rows that the migration has changed and not yet committed. */
export const writesBlocked: Detector = (scene) => [
  ...blockedByTableLocks(scene, 'writes'),
  ...blockedByRowLocks(scene.result),
];

/** A row's lock is its writer's transaction: who waits for it waits for that (manual, 13.3.2 and 54.12). */
const ROW_LOCKS: ReadonlySet<string> = new Set(['transactionid', 'tuple']);

function blockedByRowLocks(result: Result): readonly Observed[] {
  return (result.migration?.steps ?? []).flatMap((step, index) => {
    const waits = result.lockWaits.filter(
      ({ waiter, lockType, root, step: of }) =>
        of === index && waiter.kind === 'traffic' && root?.kind === 'migration' && ROW_LOCKS.has(lockType),
    );
    const [worst] = waits.toSorted((a, b) => b.duration - a.duration);
    return worst === undefined || !isNoticeable(worst.duration)
      ? []
      : [blocked(result, { step, index, waits, worst })];
  });
}

interface RowWaits {
  readonly step: StepResult;
  readonly index: number;
  readonly waits: readonly LockWait[];
  readonly worst: LockWait;
}

function blocked(result: Result, { step, index, waits, worst }: RowWaits): Observed {
  const writer = writerAt(step, worst);
  const table = tableOf(step, writer) ?? (worst.relation === '' ? undefined : worst.relation);
  const total = milliseconds(waits.reduce((sum, { duration }) => sum + duration, 0));
  const requests = waits.length === 1 ? '1 request' : `${formatCount(waits.length)} requests`;
  const more = result.lockWaitsLeftOut > 0 ? 'at least ' : '';
  return {
    severity: severityOf(worst.duration),
    step: index,
    statement: writer === undefined ? undefined : step.statements.indexOf(writer),
    relation: table,
    title: `writes to rows${table === undefined ? '' : ` of ${table}`} that the migration had changed were blocked for ${formatDuration(worst.duration)}`,
    evidence: [
      `${more}${requests} of the traffic waited for its row locks, the longest ${formatDuration(worst.duration)}, ${formatDuration(total)} in all`,
      ...(writer === undefined ? [] : [`the statement worked ${formatDuration(writer.working)}`]),
      ...(step.backfill === undefined
        ? []
        : [`the slowest batch took ${formatDuration(step.backfill.slowestBatch)}`]),
      impactSentence(step.impact),
    ],
    safer:
      step.backfill === undefined
        ? ((writer && saferWay(writer, result)) ??
          'change the rows in small batches, each of them committed at once')
        : 'smaller batches: rows stay locked until their batch is committed',
  };
}

type Statement = StepResult['statements'][number];

/** The last statement that had begun when the wait did, of those that changed rows. */
function writerAt({ statements }: StepResult, { startedAt }: LockWait): Statement | undefined {
  const writing = statements.filter(({ locks }) => locks.some(({ mode }) => mode === 'RowExclusiveLock'));
  return writing.findLast((one) => one.startedAt <= startedAt) ?? writing[0];
}

const tableOf = ({ backfill }: StepResult, writer: Statement | undefined): string | undefined =>
  (backfill && plainName(backfill.table)) ??
  (writer && targetsOf(writer))?.[0] ??
  writer?.locks.find(({ mode }) => mode === 'RowExclusiveLock')?.relation;
