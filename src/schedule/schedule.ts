import { formatDuration, milliseconds } from '../units.ts';

import { decide, nextOccurrence } from './calendar.ts';
import type { Hands } from './hands.ts';
import { whileLocked } from './lock.ts';
import type { Entry, Schedule } from './parse.ts';
import { save, stateOf, takeTurn, type Due } from './turn.ts';

/** Runs what is due now, or everything, one after the other; the exit codes of the runs. Throws `Failure('schedule.held')` where the schedule is being run. */
export const runOnce = (schedule: Schedule, which: 'due' | 'all', hands: Hands): Promise<readonly number[]> =>
  whileLocked(schedule.state, async () => {
    const codes: number[] = [];
    for (const entry of schedule.entries) {
      if (hands.signal.aborted) break;
      const due = which === 'all' ? EVERYTHING : dueNow(schedule, entry, hands, 'grace');
      if (due !== undefined) codes.push(await takeTurn(schedule, entry, due, hands));
    }
    if (codes.length === 0 && which === 'due') hands.tell('nothing is due');
    return codes;
  });

const EVERYTHING: Due = { occurrence: undefined, isRun: true, missed: [] };

/** Stays until it is told to end, and runs each entry when it is due; two that are due at once run one after the other. */
export const runByCalendar = (schedule: Schedule, hands: Hands): Promise<void> =>
  whileLocked(schedule.state, async () => {
    const { clock, signal } = hands;
    begin(schedule, hands);
    while (!signal.aborted) {
      await takeTurns(schedule, hands);
      const pause = milliseconds(Math.min(LONGEST_SLEEP, untilNext(schedule, clock.wallTime())));
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  });

async function takeTurns(schedule: Schedule, hands: Hands): Promise<void> {
  for (const entry of schedule.entries) {
    if (hands.signal.aborted) return;
    const due = dueNow(schedule, entry, hands, 'none');
    if (due !== undefined) await takeTurn(schedule, entry, due, hands);
  }
}

/** Wall clocks are set, and machines sleep. */
const LONGEST_SLEEP = 60_000;

/** What came before the first start is nobody's. */
function begin(schedule: Schedule, { clock, tell }: Hands): void {
  const now = clock.wallTime();
  for (const entry of schedule.entries) {
    const state = stateOf(schedule, entry);
    if (state.handled === undefined)
      save(schedule, entry, { ...state, handled: new Date(now).toISOString() });
    tell(`${entry.name}: ${nextSentence(entry, now)}`);
  }
}

function nextSentence({ calendar }: Entry, now: number): string {
  const next = calendar && nextOccurrence(calendar, now);
  return next === undefined
    ? 'never due (it has no cron expression)'
    : `next at ${new Date(next).toISOString().slice(0, 16).replace('T', ' ')} UTC, in ${formatDuration(milliseconds(next - now))}`;
}

/** `grace`: of one that never ran, what occurred within `start_within` is due. */
function dueNow(
  schedule: Schedule,
  entry: Entry,
  { clock }: Hands,
  before: 'grace' | 'none',
): Due | undefined {
  if (entry.calendar === undefined) return undefined;
  const now = clock.wallTime();
  const { handled } = stateOf(schedule, entry);
  const since =
    handled === undefined ? now - (before === 'grace' ? schedule.startWithin : 0) : Date.parse(handled);
  const { due, missed } = decide(entry.calendar, {
    handled: since,
    now,
    startWithin: schedule.startWithin,
  });
  return due === undefined && missed.length === 0
    ? undefined
    : { occurrence: due, isRun: due !== undefined, missed };
}

function untilNext({ entries }: Schedule, now: number): number {
  const next = entries.flatMap(({ calendar }) => (calendar && nextOccurrence(calendar, now)) ?? []);
  return Math.max(1, Math.min(...next) - now);
}
