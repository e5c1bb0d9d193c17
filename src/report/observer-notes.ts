import type { ObserverResult, ReportFile } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

/** What was seen of lock waits, and what was not, a sentence each. */
export function observerNotes({ observer }: ReportFile): readonly string[] {
  if (observer === undefined) return [];
  return [...waitsSentence(observer), ...gaps(observer), ...slowed(observer), ...observer.missing];
}

/** Exact is what the server timed: what lasted longer than deadlock_timeout. Others were found where a sample fell on them. */
function waitsSentence({ lockWaits, deadlockTimeout, interval }: ObserverResult): readonly string[] {
  const { seen, exact, attributed } = lockWaits;
  if (seen === 0) return [];
  const how =
    exact === 0
      ? `all of them sampled every ${formatDuration(interval)}`
      : `${formatCount(exact)} of them timed by the server (deadlock_timeout ${formatDuration(deadlockTimeout)})`;
  const waits = seen === 1 ? '1 lock wait' : `${formatCount(seen)} lock waits`;
  return [`${waits}, ${formatCount(attributed)} attributed to the session at the root; ${how}`];
}

const gaps = ({ gaps: lost }: ObserverResult): readonly string[] =>
  lost.length === 0
    ? []
    : [
        `the observer lost its connection: locks were not watched ${lost
          .map(
            ({ startedAt, duration }) =>
              `for ${formatDuration(duration)} from ${formatDuration(startedAt)} on`,
          )
          .join(', ')}`,
      ];

/** More than this many times rarer than meant is worth a sentence. */
const RARE = 2;

/** A look takes a fourth of the time to the next one, at most (observer). */
const slowed = ({ slowedTo, interval }: ObserverResult): readonly string[] =>
  slowedTo === undefined || slowedTo <= RARE * interval
    ? []
    : [
        `locks were looked at every ${formatDuration(slowedTo)} at times, not every ${formatDuration(interval)}: one look took ${formatDuration(milliseconds(slowedTo / 4))}`,
      ];
