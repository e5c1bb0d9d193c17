import type { Argv, CommandModule } from 'yargs';

import {
  datasetOptions,
  serverOptions,
  type DatasetArguments,
  type ServerArguments,
} from './dataset-options.ts';
import { exitCodeHelp } from './exit-codes.ts';

export interface SampleArguments extends DatasetArguments {
  readonly tables: readonly string[] | undefined;
  readonly n: string;
}

export type LoadArguments = DatasetArguments &
  ServerArguments & { readonly tolerate: readonly string[]; readonly mark: boolean };

export type VerifyArguments = DatasetArguments & ServerArguments & { readonly exact: boolean };

interface DatasetWork {
  readonly plan: (options: DatasetArguments) => void;
  readonly sample: (options: SampleArguments) => void;
  readonly load: (options: LoadArguments) => void;
  readonly verify: (options: VerifyArguments) => void;
}

export const datasetCommand = (work: DatasetWork): CommandModule => ({
  command: 'dataset',
  describe: 'Look at a dataset file, load it, check what is loaded',
  builder: (argv) =>
    argv
      .command(planCommand(work.plan))
      .command(sampleCommand(work.sample))
      .command(loadCommand(work.load))
      .command(verifyCommand(work.verify))
      .demandCommand(1, 'expected a command: dataset plan, sample, load or verify')
      .epilogue(exitCodeHelp)
      .example('$0 dataset plan datasets/shop.yaml --scale 0.1', 'how large, how long?')
      .example('$0 dataset sample datasets/shop.yaml orders', 'what do rows look like?'),
  handler: () => undefined,
});

const planCommand = (
  perform: (options: DatasetArguments) => void,
): CommandModule<object, DatasetArguments> => ({
  command: 'plan <file>',
  describe: 'Rows, bytes, memory and time of loading it, touching no database',
  builder: (argv): Argv<DatasetArguments> =>
    datasetOptions(argv)
      .example('$0 dataset plan datasets/shop.yaml --scale 0.1', 'would it fit, and how long would it take?')
      .example('$0 dataset plan my.yaml --set tables.orders.rows=50_000_000', 'with another number of rows'),
  handler: perform,
});

const sampleCommand = (
  perform: (options: SampleArguments) => void,
): CommandModule<object, SampleArguments> => ({
  command: 'sample <file> [tables..]',
  describe: 'Print rows as they would be loaded, touching no database',
  builder: (argv): Argv<SampleArguments> =>
    datasetOptions(argv)
      .positional('tables', { type: 'string', array: true, describe: 'only these' })
      .option('n', { type: 'string', default: '5', describe: 'rows of each table', requiresArg: true })
      .example('$0 dataset sample datasets/shop.yaml orders -n 10', 'the first ten orders')
      .example('$0 dataset sample my.yaml --json', 'for a program, in full width'),
  handler: perform,
});

const loadCommand = (perform: (options: LoadArguments) => void): CommandModule<object, LoadArguments> => ({
  command: 'load <file>',
  describe: 'Load it into the cache, or into an empty database of any server',
  builder: (argv): Argv<LoadArguments> =>
    serverOptions(datasetOptions(argv))
      .option('tolerate', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe:
          'standby, traffic: load on the server of --database although it has them; cluster: although the schema changes its roles, other databases or configuration',
        requiresArg: true,
      })
      .option('mark', {
        type: 'boolean',
        default: false,
        describe:
          'say of --database that rehearsals may change it for good, as rehearse mark does; one that was not there before is marked anyway',
      })
      .example('$0 dataset load datasets/shop.yaml --scale 0.1', 'into the cache, for the rehearsals to come')
      .example(
        '$0 dataset load my.yaml --pg-bin /usr/lib/postgresql/15/bin',
        'for another version of PostgreSQL',
      )
      .example(
        '$0 dataset load my.yaml --database postgres://me@db.test/shop',
        'PGPASSWORD holds the password',
      ),
  handler: perform,
});

const verifyCommand = (
  perform: (options: VerifyArguments) => void,
): CommandModule<object, VerifyArguments> => ({
  command: 'verify <file>',
  describe:
    'Compare what is loaded with what the file asks for; exit code 99 where it is beyond its tolerance',
  builder: (argv): Argv<VerifyArguments> =>
    serverOptions(datasetOptions(argv))
      .option('exact', {
        type: 'boolean',
        default: false,
        describe: 'count rows, NULLs and distinct values instead of believing the statistics',
      })
      .example('$0 dataset verify datasets/shop.yaml --scale 0.1', 'a copy of what is in the cache')
      .example('$0 dataset verify my.yaml --database shop --exact', 'a database, to the last row'),
  handler: perform,
});
