import { dirname, resolve } from 'node:path';

import { systemClock } from '../clock.ts';
import { EXIT_CODES, Failure, invalidFiles, messageOf } from '../errors.ts';
import { rehearse, type RunTarget } from '../run/index.ts';
import {
  parseSchedule,
  runByCalendar,
  runOnce,
  type Entry,
  type Hands,
  type Outcome,
  type Schedule,
} from '../schedule/index.ts';

import { gravest } from './exit-codes.ts';
import { loadPlan, readSource } from './files.ts';
import { prepareFolder } from './folders.ts';
import { onInterrupt } from './interrupt.ts';
import { toStderr } from './output.ts';
import { overridesOf } from './overrides.ts';
import { harnessVersion } from './package.ts';
import { progressDisplay } from './progress.ts';
import { publish } from './publish.ts';
import type { ScheduleArguments } from './schedule-command.ts';
import { requireFitting, targetOf } from './target.ts';

/** Stays and runs by the calendar, or once. Throws `Failure` for a schedule that can not be run. */
export async function keepSchedule({ file, once, all, quiet }: ScheduleArguments): Promise<void> {
  if (all && !once) {
    throw new Failure('usage', {
      message: '--all goes with --once: without it each run has its time',
      hint: 'rehearse schedule FILE --once --all',
    });
  }
  const schedule = loadSchedule(file);
  // A mistake in a scenario shows now, not at night.
  for (const entry of schedule.entries) requireFitting(planOf(entry), targetFor(entry));
  const interrupt = onInterrupt('what is being rehearsed ends with a partial report');
  const hands: Hands = {
    rehearse: (entry, signal) => rehearseEntry(entry, signal, quiet),
    clock: systemClock,
    signal: interrupt.signal,
    tell: (line) => toStderr(`schedule  ${line}\n`),
  };
  const codes = once
    ? await runOnce(schedule, all ? 'all' : 'due', hands)
    : await runByCalendar(schedule, hands).then(() => []);
  interrupt.release();
  process.exitCode = gravest(codes);
}

/** Throws `Failure('file.invalid')` with every issue. */
function loadSchedule(file: string): Schedule {
  const parsed = parseSchedule(readSource(file), { environment: process.env });
  if (!parsed.ok) throw invalidFiles(parsed.issues);
  return parsed.value;
}

const planOf = ({ scenario, set, scale }: Entry) =>
  loadPlan(
    scenario,
    overridesOf({ set, scale: scale === undefined ? undefined : String(scale), seed: undefined }),
  );

/** Read anew each time, for the file may have changed since. */
async function rehearseEntry(entry: Entry, signal: AbortSignal, quiet: boolean): Promise<Outcome> {
  try {
    const plan = planOf(entry);
    const target = targetFor(entry);
    requireFitting(plan, target);
    prepareFolder(entry.out);
    using progress = progressDisplay(plan.scenario.name, process.stderr, { quiet });
    const result = await rehearse(plan, {
      target,
      directory: process.cwd(),
      version: harnessVersion,
      clock: systemClock,
      began: systemClock.now(),
      signal,
      onEvent: progress.show,
    });
    progress.end();
    const { report, verdict, exitCode } = publish(result, {
      out: entry.out,
      json: false,
      'show-values': false,
    });
    return { kind: 'ran', report, folder: resolve(dirname(report)), verdict, exitCode };
  } catch (error) {
    const exitCode = error instanceof Failure ? error.exitCode : EXIT_CODES.harness;
    return { kind: 'not-run', why: messageOf(error), exitCode };
  }
}

/** Existing data are never changed for good. */
const targetFor = ({ target, tolerate, pgBin }: Entry): RunTarget =>
  targetOf(target, { pgBin, keep: false, tolerate, inPlace: AT_NIGHT });

const AT_NIGHT = { kind: 'never', why: 'nobody is here to see it' } as const;
