import type { Argv } from 'yargs';

import { Failure } from '../errors.ts';

import { exitCodeHelp } from './exit-codes.ts';

/** What commands that read a scenario share. */
export function scenarioOptions<Options>(argv: Argv<Options>) {
  return argv
    .epilogue(exitCodeHelp)
    .option('scale', {
      type: 'string',
      describe: "multiplies the dataset's row counts; overrides the scenario",
      requiresArg: true,
    })
    .option('seed', {
      type: 'string',
      describe: 'for rows and arrivals; overrides the dataset',
      requiresArg: true,
    })
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'path=value: overrides any value of the scenario or its traffic',
      requiresArg: true,
    });
}

/** What may be given several times; yargs makes lists of the others too when they are. */
const LISTS = ['_', 'set', 'scenarios', 'files', 'tables', 'reports', 'candidate', 'despite', 'tolerate'];

/** For yargs' `check`. Throws `Failure('usage')`. */
export function givenOnce(given: Readonly<Record<string, unknown>>): true {
  // Several of compare, one of run.
  const lists = 'candidate' in given ? [...LISTS, 'baseline'] : LISTS;
  const repeated = Object.keys(given).find((name) => Array.isArray(given[name]) && !lists.includes(name));
  if (repeated === undefined) return true;
  throw new Failure('usage', {
    message: `--${repeated} is given more than once`,
    hint: 'only --set may be repeated',
  });
}
