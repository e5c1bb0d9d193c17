import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { messageOf } from '../errors.ts';

import type { Schedule } from './parse.ts';
import type { EntryState, KeptReport } from './state.ts';

/** Which reports go: those beyond the number and the age, of those that the schedule itself wrote; never the last good one. The oldest first. */
export function outdated(
  { reports, lastGood }: EntryState,
  {
    runs = Infinity,
    age = Infinity,
  }: { readonly runs?: number | undefined; readonly age?: number | undefined },
  now: number,
): readonly KeptReport[] {
  const beyond = Math.max(0, reports.length - runs);
  return reports.filter(
    (report, index) =>
      report.folder !== lastGood?.folder && (index < beyond || now - Date.parse(report.startedAt) > age),
  );
}

/** Whatever the state says, nothing else is removed. */
const isReportFolder = (folder: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T/.test(basename(folder)) && existsSync(join(folder, 'report.json'));

/** Removes them, and tells what could not be; that is tried again the next time. */
export function removeOutdated(
  state: EntryState,
  { keep }: Pick<Schedule, 'keep'>,
  { now, tell }: { readonly now: number; readonly tell: (line: string) => void },
): EntryState {
  const gone = outdated(state, keep, now).filter(({ folder }) => {
    try {
      if (isReportFolder(folder)) rmSync(folder, { recursive: true });
      return true;
    } catch (error) {
      tell(`an old report could not be removed: ${messageOf(error)}`);
      return false;
    }
  });
  return { ...state, reports: state.reports.filter((report) => !gone.includes(report)) };
}
