import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface ListArguments {
  readonly json: boolean;
}

export interface PruneArguments {
  readonly 'max-size': string | undefined;
  readonly 'older-than': string | undefined;
  readonly all: boolean;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

interface CacheWork {
  readonly list: (options: ListArguments) => void;
  readonly prune: (options: PruneArguments) => void;
}

export const cacheCommand = (work: CacheWork): CommandModule => ({
  command: 'cache',
  describe: 'The loaded datasets that are kept for later runs',
  builder: (argv) =>
    argv
      .command(listCommand(work.list))
      .command(pruneCommand(work.prune))
      .demandCommand(1, 'expected a command: cache list or cache prune')
      .epilogue(exitCodeHelp)
      .example('$0 cache list', 'what is there, least recently used first')
      .example('$0 cache prune --max-size 20GB', 'make room'),
  handler: () => undefined,
});

const listCommand = (perform: (options: ListArguments) => void): CommandModule<object, ListArguments> => ({
  command: 'list',
  describe: 'What is in the cache, least recently used first',
  builder: (argv): Argv<ListArguments> =>
    argv
      .epilogue(exitCodeHelp)
      .option('json', { type: 'boolean', default: false, describe: 'as JSON on stdout' })
      .example('$0 cache list', 'datasets, sizes, when they were last used')
      .example('$0 cache list --json', 'with their state cards'),
  handler: perform,
});

const pruneCommand = (perform: (options: PruneArguments) => void): CommandModule<object, PruneArguments> => ({
  command: 'prune',
  describe: 'Remove datasets, least recently used first; never one that is being copied or loaded',
  builder: (argv): Argv<PruneArguments> =>
    argv
      .epilogue(exitCodeHelp)
      .option('max-size', {
        type: 'string',
        describe: 'the rest may take this much: 20GB; by default the limit of the cache',
        requiresArg: true,
      })
      .option('older-than', {
        type: 'string',
        describe: 'what was not used for so long: 30d',
        requiresArg: true,
      })
      .option('all', { type: 'boolean', default: false, describe: 'everything' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'only say what would go' })
      .option('json', { type: 'boolean', default: false, describe: 'as JSON on stdout' })
      .example('$0 cache prune --max-size 20GB', 'keep what was used last')
      .example('$0 cache prune --older-than 30d --dry-run', 'what has nobody used for a month?'),
  handler: perform,
});
