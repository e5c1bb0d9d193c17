import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { Failure, messageOf } from '../errors.ts';

/* What a schedule remembers from run to run, in `state.json` of its folder. */

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const moment = z.iso.datetime();

const keptReport = z
  .object({
    /** Absolute: removed when it is too old. */
    folder: z.string(),
    startedAt: moment,
    verdict: z.string(),
    exitCode: z.number(),
  })
  .readonly();
export type KeptReport = z.infer<typeof keptReport>;

const toldChange = z.object({ figure: z.string(), direction: z.string(), at: moment }).readonly();

const entryState = z
  .object({
    /** The latest occurrence that was run or missed. */
    handled: moment.optional(),
    /** Reports that the schedule wrote and did not remove, the oldest first. */
    reports: list(keptReport),
    /** The latest one that passed; where none ever did, that can be believed. Later runs are compared with it. */
    lastGood: keptReport.optional(),
    /** Verdict of the latest run; `not run` where it could not even begin. */
    latest: z.string().optional(),
    /** Changes of figures that were told already. */
    told: list(toldChange),
  })
  .readonly();
export type EntryState = z.infer<typeof entryState>;

const scheduleState = z
  .object({ version: z.literal(1), entries: z.record(z.string(), entryState) })
  .readonly();
export type ScheduleState = z.infer<typeof scheduleState>;

export const NEW_ENTRY: EntryState = { reports: [], told: [] };

/** Nothing yet is a state as well. Throws `Failure('file.invalid')` rather than to forget what was there. */
export function readState(folder: string): ScheduleState {
  const file = join(folder, FILE);
  if (!existsSync(file)) return { version: 1, entries: {} };
  try {
    return scheduleState.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Failure('file.invalid', {
      message: `the state of the schedule can not be read: ${messageOf(error)}`,
      where: file,
      hint: 'move it away to begin anew: reports stay, but are no longer removed by age or number',
    });
  }
}

/** Never half: the old one stays until the new one is whole. Throws `Failure('report.unwritable')`. */
export function writeState(folder: string, state: ScheduleState): void {
  const file = join(folder, FILE);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 1)}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new Failure('report.unwritable', {
      message: `the state of the schedule could not be written: ${messageOf(error)}`,
      where: file,
      cause: error,
    });
  }
}

const FILE = 'state.json';
