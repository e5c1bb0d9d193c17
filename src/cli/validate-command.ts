import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface ValidateArguments {
  readonly files: readonly string[];
}

export const validateCommand = (
  perform: (options: ValidateArguments) => void,
): CommandModule<object, ValidateArguments> => ({
  command: 'validate <files..>',
  describe: 'Check scenario, traffic, dataset and schedule files; every mistake with its line',
  builder: (argv): Argv<ValidateArguments> =>
    argv
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'files of any kind' })
      .epilogue(exitCodeHelp)
      .example('$0 validate scenarios/*.yaml datasets/*.yaml', 'all of them, in one go'),
  handler: perform,
});
