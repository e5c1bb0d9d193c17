import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface ScheduleArguments {
  readonly file: string;
  readonly once: boolean;
  readonly all: boolean;
  readonly quiet: boolean;
}

export const scheduleCommand = (
  perform: (options: ScheduleArguments) => void,
): CommandModule<object, ScheduleArguments> => ({
  command: 'schedule <file>',
  describe: 'Rehearse scenarios by a calendar, keep their history, tell when something got worse',
  builder: (argv): Argv<ScheduleArguments> =>
    argv
      .positional('file', { type: 'string', demandOption: true, describe: 'schedule file' })
      .option('once', {
        type: 'boolean',
        default: false,
        describe: 'run what is due now, once, and end: for a calendar of your own (systemd, CI, Kubernetes)',
      })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'with --once: run everything in the file, due or not',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, only the verdicts' })
      .epilogue(exitCodeHelp)
      .example('$0 schedule nightly.yaml', 'stay, and run each scenario when it is due')
      .example('$0 schedule nightly.yaml --once --all', 'a systemd timer or a CronJob has the calendar'),
  handler: perform,
});
