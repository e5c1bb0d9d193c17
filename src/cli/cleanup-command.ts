import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface CleanupArguments {
  readonly out: string;
  readonly target: string | undefined;
  readonly datasets: boolean;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

export const cleanupCommand = (
  perform: (options: CleanupArguments) => void,
): CommandModule<object, CleanupArguments> => ({
  command: 'cleanup',
  describe: 'Remove what killed runs left behind; never what somebody still uses, nor whole datasets',
  builder: (argv): Argv<CleanupArguments> =>
    argv
      .epilogue(exitCodeHelp)
      .option('out', {
        type: 'string',
        default: 'reports',
        describe: 'folder of the reports: half-written ones go',
        requiresArg: true,
      })
      .option('target', {
        type: 'string',
        describe: 'postgres://…: a server of yours, where databases of killed runs and loads are dropped too',
        requiresArg: true,
      })
      .option('datasets', {
        type: 'boolean',
        default: false,
        describe: 'the datasets that are kept on that server as well: it is left as it was found',
      })
      .option('dry-run', { type: 'boolean', default: false, describe: 'only say what would go' })
      .option('json', { type: 'boolean', default: false, describe: 'as JSON on stdout' })
      .example('$0 cleanup', 'after a crash, a power cut or a kill -9')
      .example('$0 cleanup --dry-run', 'what is there?')
      .example('$0 cleanup --target postgres://staging/app --datasets', 'nothing of ours stays there'),
  handler: perform,
});
