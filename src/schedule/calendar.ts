import { Cron } from 'croner';

import { messageOf } from '../errors.ts';
import type { Milliseconds } from '../units.ts';

/*
 * When runs are due. Moments are wall times in milliseconds since 1970. On the night when clocks go forward, a time that is left out is due when
 * the clocks have been moved; when they go back, a time that comes twice is due once (croner's rules for jobs at a fixed time).
 */

export interface Calendar {
  /** Five fields of cron(5). */
  readonly pattern: string;
  /** IANA name. */
  readonly timezone: string;
}

export interface Decision {
  /** The occurrence for which a run should begin now. */
  readonly due: number | undefined;
  /** Those for which it is too late, the earliest first; at most the latest hundred. */
  readonly missed: readonly number[];
}

/** What has become due after `handled` and until `now`. Of several only the latest is run: the same rehearsal twice in a row says nothing new. */
export function decide(
  calendar: Calendar,
  { handled, now, startWithin }: { handled: number; now: number; startWithin: Milliseconds },
): Decision {
  const occurred = cronOf(calendar)
    // It looks for seconds that are over.
    .previousRuns(MOST, new Date(now + 1_000))
    .map((date) => date.getTime())
    .filter((time) => time > handled && time <= now)
    .toReversed();
  const latest = occurred.at(-1);
  const isInTime = latest !== undefined && now - latest <= startWithin;
  return isInTime ? { due: latest, missed: occurred.slice(0, -1) } : { due: undefined, missed: occurred };
}

const MOST = 100;

/** The first occurrence after the moment; undefined where there is none any more. */
export function nextOccurrence(calendar: Calendar, moment: number): number | undefined {
  return cronOf(calendar).nextRun(new Date(moment))?.getTime();
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with it, in words; undefined: nothing. */
export function patternMistake(pattern: string): string | undefined {
  try {
    return nextOccurrence({ pattern, timezone: 'UTC' }, 0) === undefined
      ? `${JSON.stringify(pattern)} is never due`
      : undefined;
  } catch (error) {
    return `${JSON.stringify(pattern)} is no cron expression: ${messageOf(error).replace(/^CronPattern: /, '')}`;
  }
}

const cronOf = ({ pattern, timezone }: Calendar): Cron =>
  new Cron(pattern, { timezone, paused: true, mode: '5-part' });
