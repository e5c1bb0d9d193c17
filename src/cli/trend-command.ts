import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface TrendArguments {
  readonly folder: string;
  readonly html: string | undefined;
  readonly json: boolean;
}

export const trendCommand = (
  perform: (options: TrendArguments) => void,
): CommandModule<object, TrendArguments> => ({
  command: 'trend <folder>',
  describe: 'How the key figures of each scenario went over its reports, and when they changed',
  builder: (argv): Argv<TrendArguments> =>
    argv
      .positional('folder', {
        type: 'string',
        demandOption: true,
        describe: 'folder with reports, at any depth',
      })
      .option('html', {
        type: 'string',
        describe: 'write a page with charts to this file',
        requiresArg: true,
      })
      .option('json', { type: 'boolean', default: false, describe: 'the history as JSON on stdout' })
      .epilogue(exitCodeHelp)
      .example('$0 trend reports', 'what changed, and on which night')
      .example('$0 trend reports/nightly --html trend.html', 'as a page'),
  handler: perform,
});
