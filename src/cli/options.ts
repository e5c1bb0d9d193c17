import type { Argv } from 'yargs';

/** What commands that read a scenario share. */
export function scenarioOptions<Options>(argv: Argv<Options>) {
  return argv
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
