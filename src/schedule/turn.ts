import { EXIT_CODES } from '../errors.ts';

import { deliver } from './deliver.ts';
import type { Hands, Outcome } from './hands.ts';
import { compareWithLastGood, freshChanges, readableBasis, refreshTrend, reportOf } from './news.ts';
import { linesOf, noticeOf, type News } from './notice.ts';
import type { Entry, Schedule } from './parse.ts';
import { removeOutdated } from './retention.ts';
import { NEW_ENTRY, readState, writeState, type EntryState, type KeptReport } from './state.ts';

/** What a turn is about: an occurrence to run for (or none, where all are run), and those that it is too late for. */
export interface Due {
  readonly occurrence: number | undefined;
  readonly isRun: boolean;
  readonly missed: readonly number[];
}

/** Runs the entry, remembers it, tells who wants to know. Returns the exit code. Throws `Failure` where the state can not be read or written. */
export async function takeTurn(schedule: Schedule, entry: Entry, due: Due, hands: Hands): Promise<number> {
  const before = stateOf(schedule, entry);
  // Remembered first: a run that takes the machine down is not tried again and again.
  save(schedule, entry, handled(before, due));
  const problems = due.missed.length === 0 ? [] : [missedSentence(due.missed)];
  for (const line of problems) hands.tell(`${entry.name}: ${line}`);
  const outcome = due.isRun ? await hands.rehearse(entry, hands.signal) : undefined;
  const { state, news } = judge(entry, { before: handled(before, due), outcome, problems, hands });
  const cleaned = removeOutdated(state, schedule, { now: hands.clock.wallTime(), tell: hands.tell });
  save(schedule, entry, cleaned);
  if (outcome !== undefined) for (const line of linesOf(news)) hands.tell(line);
  if (outcome?.exitCode !== EXIT_CODES.interrupted) await notify(schedule, news, hands);
  return exitCodeOf(news);
}

/** The latest state on disk: what others in the file did meanwhile is in it. */
export const stateOf = ({ state }: Schedule, { name }: Entry): EntryState =>
  readState(state).entries[name] ?? NEW_ENTRY;

export function save({ state: folder }: Schedule, { name }: Entry, entry: EntryState): void {
  const state = readState(folder);
  writeState(folder, { ...state, entries: { ...state.entries, [name]: entry } });
}

function handled(state: EntryState, { occurrence, missed }: Due): EntryState {
  const latest = Math.max(occurrence ?? -Infinity, ...missed);
  return Number.isFinite(latest) ? { ...state, handled: new Date(latest).toISOString() } : state;
}

function missedSentence(missed: readonly number[]): string {
  const times = missed.map((time) => new Date(time).toISOString().slice(0, 16).replace('T', ' '));
  const shown = times.slice(-MOST_SHOWN).join(', ');
  return `${missed.length} ${missed.length === 1 ? 'run was' : 'runs were'} missed: ${times.length > MOST_SHOWN ? '…, ' : ''}${shown} (UTC)`;
}

const MOST_SHOWN = 5;

interface Judging {
  readonly before: EntryState;
  readonly outcome: Outcome | undefined;
  readonly problems: readonly string[];
  readonly hands: Hands;
}

function judge(
  entry: Entry,
  { before, outcome, problems, hands }: Judging,
): { readonly state: EntryState; readonly news: News } {
  const basis = { entry: entry.name, before: before.latest, problems };
  if (outcome?.kind !== 'ran') {
    const why = outcome === undefined ? [] : [outcome.why];
    return {
      state: outcome === undefined ? before : { ...before, latest: NOT_RUN },
      news: {
        ...basis,
        verdict: undefined,
        exitCode: outcome?.exitCode ?? EXIT_CODES.pass,
        comparison: undefined,
        changes: [],
        problems: [...problems, ...why],
        report: undefined,
      },
    };
  }
  const { verdict, exitCode, folder, report } = outcome;
  const run: KeptReport = { folder, startedAt: startOf(outcome, hands), verdict, exitCode };
  const lastGood = readableBasis(before, hands.tell);
  const comparison = compareWithLastGood(run, lastGood, hands.tell);
  const { sentences, told } = freshChanges(refreshTrend(entry.out, run, hands.tell), before);
  const state: EntryState = {
    ...before,
    latest: verdict,
    reports: [...before.reports, run],
    lastGood: isBetterBasis(run, lastGood) ? run : lastGood,
    told,
  };
  return { state, news: { ...basis, verdict, exitCode, comparison, changes: sentences, report } };
}

const NOT_RUN = 'not run';

const startOf = ({ folder }: { readonly folder: string }, { clock }: Hands): string =>
  reportOf({ folder })?.startedAt ?? new Date(clock.wallTime()).toISOString();

/** A run that passed; where none ever did, the first that can be believed. */
function isBetterBasis({ exitCode }: KeptReport, lastGood: KeptReport | undefined): boolean {
  if (exitCode === EXIT_CODES.pass) return true;
  const isBelieved = exitCode === EXIT_CODES.thresholds || exitCode === EXIT_CODES.migration;
  return lastGood === undefined && isBelieved;
}

async function notify({ file, notify: wanted }: Schedule, news: News, hands: Hands): Promise<void> {
  if (wanted === undefined) return;
  const notice = noticeOf(file, news, wanted.on);
  if (notice === undefined) return;
  const why = await deliver(wanted.webhook, notice, hands);
  if (why !== undefined) hands.tell(`${news.entry}: the notice could not be delivered: ${why}`);
}

/** A run that became worse than the last good one broke a limit, even if none of its own. */
const exitCodeOf = ({ exitCode, comparison }: News): number =>
  exitCode === EXIT_CODES.pass && comparison === 'worse' ? EXIT_CODES.thresholds : exitCode;
