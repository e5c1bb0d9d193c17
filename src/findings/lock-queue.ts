import { isLockMode } from '../postgres/index.ts';
import type { LockWait, Result, SessionLabel, StatementResult, StepResult } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds, type Milliseconds } from '../units.ts';

import { asStatement, LOCK_TIMEOUT_SQL } from './safer.ts';
import type { Detector, Observed } from './observed.ts';
import { phaseWaits } from './phase-waits.ts';
import { sessionAtWork, sessionName } from './session-name.ts';
import { isNoticeable, severityOf } from './severity.ts';
import { blocksTraffic } from './statements.ts';
import { impactSentence } from './suffering.ts';

/**
 * A request for a strong lock waits behind a session that holds a weak one, and every later request waits behind it:
 * the migration stands in the middle of the chain, somebody else at its end.
 */
export const lockQueue: Detector = ({ result }) => {
  return (result.migration?.steps ?? []).flatMap((step, index) => {
    const queued = result.lockWaits
      .filter(isAttributed)
      .filter(
        (wait) => wait.step === index && wait.waiter.kind === 'traffic' && wait.root.kind !== 'migration',
      );
    const [worst] = queued.toSorted((a, b) => b.duration - a.duration);
    return worst === undefined || !isNoticeable(worst.duration)
      ? []
      : [queue(result, { step, index, queued, worst })];
  });
};

type AttributedWait = LockWait & { readonly root: SessionLabel };

const isAttributed = (wait: LockWait): wait is AttributedWait => wait.root !== undefined;

interface Queue {
  readonly step: StepResult;
  readonly index: number;
  readonly queued: readonly AttributedWait[];
  readonly worst: AttributedWait;
}

function queue(result: Result, { step, index, queued, worst }: Queue): Observed {
  const own = ownWait(result, step);
  const waiting = mostWaiting(step);
  const { root, relation } = own ?? worst;
  const requests = queued.length === 1 ? '1 request' : `${formatCount(queued.length)} requests`;
  const more = result.lockWaitsLeftOut > 0 ? 'at least ' : '';
  return {
    severity: severityOf(worst.duration),
    step: index,
    statement: (step.statements[waiting]?.waiting ?? 0) > 0 ? waiting : undefined,
    relation,
    title: `traffic on ${relation} queued behind the migration, which itself waited for ${sessionName(root)}`,
    evidence: [
      `waited ${formatDuration(waitOf(step, own))} for ${own?.mode ?? 'a lock'} on ${relation} behind ${sessionAtWork(root)}`,
      `${more}${requests} of the traffic queued behind it, the longest ${formatDuration(worst.duration)}`,
      ...step.statements.flatMap(phaseWaits),
      impactSentence(step.impact),
    ],
    safer: giveUpEarly(step, step.statements[waiting], sessionName(root)),
  };
}

/** The migration's own longest wait for a lock that would keep the traffic out, while the step ran. */
function ownWait(result: Result, { startedAt, duration }: StepResult): AttributedWait | undefined {
  return result.lockWaits
    .filter(isAttributed)
    .filter(
      (wait) =>
        wait.waiter.kind === 'migration' &&
        isLockMode(wait.mode) &&
        blocksTraffic(wait.mode) &&
        wait.startedAt < startedAt + duration &&
        wait.startedAt + wait.duration > startedAt,
    )
    .toSorted((a, b) => b.duration - a.duration)[0];
}

function waitOf(step: StepResult, own: LockWait | undefined): Milliseconds {
  const waits = step.statements.flatMap(({ locks }) => locks.map(({ waited }) => waited));
  return milliseconds(Math.max(own?.duration ?? 0, ...waits));
}

/** Index of the statement that waited longest for its locks; -1: none is known. */
function mostWaiting({ statements }: StepResult): number {
  const longest = Math.max(...statements.map(({ waiting }) => waiting));
  return statements.findIndex(({ waiting }) => waiting === longest);
}

function giveUpEarly(step: StepResult, waiting: StatementResult | undefined, blocker: string): string {
  if (step.lockTimeout !== undefined) {
    return `ask with a shorter lock_timeout than ${formatDuration(step.lockTimeout)}, and try again; or let ${blocker} end first`;
  }
  return [
    `ask with a short lock_timeout and try again, so that the traffic never queues for long; or let ${blocker} end first`,
    LOCK_TIMEOUT_SQL,
    asStatement(waiting?.text ?? step.title),
  ].join('\n');
}
