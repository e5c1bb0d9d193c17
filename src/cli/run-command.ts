import type { Argv, CommandModule } from 'yargs';

import { judgingOptions, type JudgingOptions } from './compare-command.ts';
import { scenarioOptions } from './options.ts';
import type { OverrideOptions } from './overrides.ts';

export interface RunArguments extends OverrideOptions, JudgingOptions {
  readonly scenarios: readonly string[];
  readonly target: string;
  readonly keep: boolean;
  readonly 'in-place': boolean;
  readonly tolerate: readonly string[];
  readonly pooler: string | undefined;
  readonly 'pg-bin': string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly 'show-values': boolean;
  readonly baseline: string | undefined;
  readonly repeat: string;
}

export const runCommand = (
  perform: (options: RunArguments) => void,
): CommandModule<object, RunArguments> => ({
  command: 'run <scenarios..>',
  describe: 'Rehearse one or more scenarios, one after the other',
  builder: (argv): Argv<RunArguments> =>
    comparingOptions(targetOptions(scenarioOptions(argv)))
      .positional('scenarios', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'scenario files',
      })
      .option('out', {
        type: 'string',
        default: 'reports',
        describe: 'folder for the reports',
        requiresArg: true,
      })
      .option('show-values', {
        type: 'boolean',
        default: false,
        describe: 'reports keep the values of rows that the server names in its messages',
      })
      .option('json', { type: 'boolean', default: false, describe: 'the verdicts as JSON on stdout' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, only the verdicts' })
      .example('$0 run scenarios/orders-add-column-naive.yaml', 'rehearse a migration')
      .example('$0 run scenarios/*.yaml --quiet --out build/reports', 'in a pipeline')
      .example('$0 run my.yaml --scale 0.01 --set phases.baseline=5s', 'a quick look')
      .example('$0 run my.yaml --target container:postgres:16', 'on the image that production runs')
      .example('$0 run safe.yaml --baseline naive.yaml --repeat 5', 'is the rewritten migration better?')
      .example('$0 run my.yaml --pg-bin /usr/lib/postgresql/15/bin', 'on the version that production runs')
      .example('$0 run my.yaml --target postgres://me@staging/rehearsal', 'on a server of yours'),
  handler: perform,
});

/** Where it is rehearsed. */
const targetOptions = <Options>(argv: Argv<Options>) =>
  argv
    .option('target', {
      type: 'string',
      default: 'embedded',
      describe:
        'embedded: a PostgreSQL of our own, gone after the run; container:postgres:16: the same in a container of any image; postgres://…: a marked database of another server (rehearse mark)',
      requiresArg: true,
    })
    .option('keep', {
      type: 'boolean',
      default: false,
      describe: "leave the run's database on the server of --target, and tell its name",
    })
    .option('in-place', {
      type: 'boolean',
      default: false,
      describe:
        'dataset: existing works in the database of --target itself instead of in a copy: it is changed for good',
    })
    .option('tolerate', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe:
        'standby, traffic: rehearse on the server of --target although it has them; cluster: although the migration changes its roles, other databases or configuration',
      requiresArg: true,
    })
    .option('pooler', {
      type: 'string',
      describe:
        'host:port of a pooler such as PgBouncer before --target: the traffic goes through it, the rest does not',
      requiresArg: true,
    })
    .option('pg-bin', {
      type: 'string',
      describe:
        'use the server programs of this directory instead of the embedded ones (PostgreSQL 14–18); by default that of PG_REHEARSE_PG_BIN',
      requiresArg: true,
    });

/** For a comparison that ends the command. */
const comparingOptions = <Options>(argv: Argv<Options>) =>
  judgingOptions(argv)
    .option('baseline', {
      type: 'string',
      describe:
        'compare with it: a scenario, rehearsed in turn with the others; or a report.json, or a folder of runs',
      requiresArg: true,
    })
    .option('repeat', {
      type: 'string',
      default: '1',
      describe: 'rehearse everything so many times: a comparison of several runs sees smaller changes',
      requiresArg: true,
    });
