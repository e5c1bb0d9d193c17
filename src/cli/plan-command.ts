import type { Argv, CommandModule } from 'yargs';

import { describePlan } from '../plan/index.ts';

import { loadPlan } from './files.ts';
import { scenarioOptions } from './options.ts';
import { overridesOf, type OverrideOptions } from './overrides.ts';

interface PlanArguments extends OverrideOptions {
  readonly scenario: string;
}

export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <scenario>',
  describe: 'Print what would happen, touching no database',
  builder: (argv): Argv<PlanArguments> =>
    scenarioOptions(argv)
      .positional('scenario', { type: 'string', demandOption: true, describe: 'scenario file' })
      .example('$0 plan scenarios/orders-add-column-naive.yaml', 'rows, arrivals, phases and statements')
      .example('$0 plan my.yaml --scale 0.1 --set traffic.rate=50/s', 'with other numbers'),
  handler: (options) => {
    process.stdout.write(describePlan(loadPlan(options.scenario, overridesOf(options))));
  },
};
