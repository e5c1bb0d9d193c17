import { participantName, wantedLock } from '../findings/index.ts';
import type { Attempt, ReportFile } from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { columns } from './columns.ts';
import { code, escaped, table } from './markdown-text.ts';
import { shorten } from './one-line.ts';

/* Who was in whose way; each empty where there is nothing to tell. */

export function deadlockTable({ deadlocks = [] }: ReportFile): string {
  const rows = deadlocks.flatMap(({ at, participants }) =>
    participants.map((one, index) => [
      index === 0 ? formatDuration(at) : '',
      `${escaped(participantName(one))} (pid ${one.session.pid})`,
      escaped(wantedLock(one)),
      String(one.blockedBy),
      code(one.session.query),
      one.cancelled ? 'cancelled' : '',
    ]),
  );
  return rows.length === 0
    ? ''
    : table(['at', 'who', 'waited for', 'held by pid', 'statement', ''], rows, 40);
}

export function buildTable({ migration }: ReportFile): string {
  const rows = (migration?.steps ?? []).flatMap(({ statements }, step) =>
    statements.flatMap(({ phases = [] }) =>
      phases.map(({ phase, startedAt, duration, lockers, waitedFor }) => [
        String(step + 1),
        escaped(phase),
        formatDuration(startedAt),
        formatDuration(duration),
        lockers === undefined ? '' : `${lockers.done} of ${lockers.total}`,
        waitedFor
          .map(
            ({ session, duration: waited }) =>
              `${escaped(`${session.kind} ${session.name}`.trim())} ${formatDuration(waited)} ${code(session.query, 60)}`,
          )
          .join('<br>'),
      ]),
    ),
  );
  const head = ['step', 'phase', 'at', 'lasted', 'sessions gone', 'waited for'];
  return rows.length === 0 ? '' : table(head, rows, 40);
}

/** Of steps that were tried more than once, or gave up. */
export function attemptTable(report: ReportFile): string {
  const rows = triedSteps(report).flatMap(({ step, attempts }) =>
    attempts.map((attempt, index) => [
      String(step),
      ...attemptCells(attempt, index).map(escaped),
      escaped(attempt.message ?? 'succeeded'),
    ]),
  );
  return rows.length === 0 ? '' : table(['step', ...HEAD, 'outcome'], rows, 40);
}

const HEAD = ['attempt', 'waited', 'for', 'behind', 'arrivals that waited', 'longest'];
const MOST_ATTEMPTS = 12;

/** The same for the terminal, without a title. */
export function attemptLines(report: ReportFile): readonly string[] {
  const tried = triedSteps(report).flatMap(({ step, attempts }) =>
    attempts.map((attempt, index) => [`step ${step}`, ...attemptCells(attempt, index)]),
  );
  if (tried.length === 0) return [];
  const more = tried.length - MOST_ATTEMPTS;
  return [
    ...columns([['', ...HEAD], ...tried.slice(0, MOST_ATTEMPTS)]),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function attemptCells(attempt: Attempt, index: number): readonly string[] {
  const { waited, lock, behind, impact } = attempt;
  return [
    String(index + 1),
    waited === undefined ? '' : formatDuration(waited),
    lock === undefined ? '' : `${lock.mode} on ${lock.relation || lock.lockType}`,
    behind === undefined ? '' : shorten(`${behind.kind} ${behind.name}`.trim(), 30),
    impact === undefined ? '' : formatCount(impact.waited),
    impact === undefined || impact.waited === 0 ? '' : formatDuration(impact.longestWait),
  ];
}

const triedSteps = ({ migration }: ReportFile) =>
  (migration?.steps ?? []).flatMap(({ attempts }, index) =>
    attempts.some(({ waited }) => waited !== undefined) &&
    (attempts.length > 1 || attempts.some(({ sqlState }) => sqlState === '55P03'))
      ? [{ step: index + 1, attempts }]
      : [],
  );
