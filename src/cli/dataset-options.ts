import type { Argv } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface DatasetArguments {
  readonly file: string;
  readonly scale: string | undefined;
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly json: boolean;
}

/** What all commands on a dataset file share. */
export function datasetOptions<Options>(argv: Argv<Options>) {
  return argv
    .epilogue(exitCodeHelp)
    .positional('file', { type: 'string', demandOption: true, describe: 'dataset file' })
    .option('scale', {
      type: 'string',
      describe: 'multiplies the row counts; 1 by default',
      requiresArg: true,
    })
    .option('seed', { type: 'string', describe: 'overrides the one of the file', requiresArg: true })
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'path=value: overrides any value of the file',
      requiresArg: true,
    })
    .option('json', { type: 'boolean', default: false, describe: 'the result as JSON on stdout' });
}

export interface ServerArguments {
  readonly 'pg-bin': string | undefined;
  readonly connections: string | undefined;
  readonly database: string | undefined;
  readonly quiet: boolean;
}

/** What those share that start or reach a server. */
export function serverOptions<Options>(argv: Argv<Options>) {
  return argv
    .option('pg-bin', {
      type: 'string',
      describe:
        'use the server programs of this directory instead of the embedded ones (PostgreSQL 14–18); by default that of PG_REHEARSE_PG_BIN',
      requiresArg: true,
    })
    .option('connections', {
      type: 'string',
      describe: 'that load at a time; the number of cores by default, at most 4',
      requiresArg: true,
    })
    .option('database', {
      type: 'string',
      describe:
        'this one instead of the cache: postgres://…, "host=… dbname=…" or a name; the rest from PGHOST, PGUSER, PGPASSWORD …',
      requiresArg: true,
    })
    .option('quiet', { type: 'boolean', default: false, describe: 'no progress, only the result' });
}
