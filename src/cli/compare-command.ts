import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface JudgingOptions {
  readonly despite: readonly string[];
  readonly floor: string;
  readonly 'fail-on': 'worse' | undefined;
}

export interface CompareArguments extends JudgingOptions {
  readonly reports: readonly string[];
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
  readonly out: string | undefined;
  readonly json: boolean;
}

/** How runs are held against others, wherever that is done. */
export const judgingOptions = <Options>(argv: Argv<Options>) =>
  argv
    .option('fail-on', {
      choices: ['worse'] as const,
      describe: 'worse: exit code 99 where something became worse, 96 where nothing can be compared',
      requiresArg: true,
    })
    .option('floor', {
      type: 'string',
      default: '10%,2ms',
      describe: 'changes of response times below either of them are no difference',
      requiresArg: true,
    })
    .option('despite', {
      type: 'string',
      array: true,
      default: [] as string[],
      describe: 'compare all the same where these differ: load, dataset, server, host',
      requiresArg: true,
    });

export const compareCommand = (
  perform: (options: CompareArguments) => void,
): CommandModule<object, CompareArguments> => ({
  command: 'compare [reports..]',
  describe: 'Hold runs against runs: what became worse, what better, what only looks like it',
  builder: (argv): Argv<CompareArguments> =>
    judgingOptions(
      argv
        .positional('reports', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe:
            'the baseline and the candidate: each a report.json, the folder of a run, or a folder of such folders',
        })
        .option('baseline', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'instead: several runs before the change',
          requiresArg: true,
        })
        .option('candidate', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'instead: several runs after the change',
          requiresArg: true,
        })
        .option('out', {
          type: 'string',
          describe: 'folder for comparison.html, comparison.md and comparison.json',
          requiresArg: true,
        })
        .option('json', { type: 'boolean', default: false, describe: 'the comparison as JSON on stdout' }),
    )
      .epilogue(exitCodeHelp)
      .example('$0 compare reports/monday-orders reports/tuesday-orders', 'one run each')
      .example('$0 compare --baseline reports/*-naive --candidate reports/*-safe', 'several runs each')
      .example('$0 compare before after --fail-on worse --out build/comparison', 'in a pipeline'),
  handler: perform,
});
