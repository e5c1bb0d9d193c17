import { participantName, wantedLock } from '../findings/index.ts';
import type { Attempt, IndexPhase, ReportFile } from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { columns } from './columns.ts';
import { shorten } from './one-line.ts';
import { columnsOf, numericColumns, type Cell, type Sheet } from './sheet.ts';

/* Who was in whose way; each without rows where there is nothing to tell. */

export const deadlockSheet = ({ deadlocks = [] }: ReportFile): Sheet => ({
  head: [
    ...numericColumns('at'),
    ...columnsOf('who', 'waited for'),
    ...numericColumns('held by pid'),
    ...columnsOf('statement', ''),
  ],
  rows: deadlocks.flatMap(({ at, participants }) =>
    participants.map((one, index): readonly Cell[] => [
      index === 0 ? formatDuration(at) : '',
      `${participantName(one)} (pid ${one.session.pid})`,
      wantedLock(one),
      String(one.blockedBy),
      { code: one.session.query },
      one.cancelled ? { text: 'cancelled', tone: 'red' } : '',
    ]),
  ),
  most: 40,
});

export const buildSheet = ({ migration }: ReportFile): Sheet => ({
  head: [
    ...numericColumns('step'),
    ...columnsOf('phase'),
    ...numericColumns('at', 'lasted', 'sessions gone'),
    ...columnsOf('waited for'),
  ],
  rows: (migration?.steps ?? []).flatMap(({ statements }, step) =>
    statements.flatMap(({ phases = [] }) =>
      phases.map(({ phase, startedAt, duration, lockers, waitedFor }): readonly Cell[] => [
        String(step + 1),
        phase,
        formatDuration(startedAt),
        formatDuration(duration),
        lockers === undefined ? '' : `${lockers.done} of ${lockers.total}`,
        waitedFor.flatMap(waitLines),
      ]),
    ),
  ),
  most: 40,
});

const waitLines = ({ session, duration }: IndexPhase['waitedFor'][number]): readonly Cell[] => [
  `${`${session.kind} ${session.name}`.trim()} ${formatDuration(duration)}`,
  { code: shorten(session.query, 60) },
];

/** Of steps that were tried more than once, or gave up. */
export const attemptSheet = (report: ReportFile): Sheet => ({
  head: [
    ...numericColumns('step', 'attempt', 'waited'),
    ...columnsOf('for', 'behind'),
    ...numericColumns('arrivals that waited', 'longest'),
    ...columnsOf('outcome'),
  ],
  rows: triedSteps(report).flatMap(({ step, attempts }) =>
    attempts.map((attempt, index) => [
      String(step),
      ...attemptCells(attempt, index),
      attempt.message ?? 'succeeded',
    ]),
  ),
  most: 40,
});

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
