import type { Argv, CommandModule } from 'yargs';

import { scenarioOptions } from './options.ts';
import type { OverrideOptions } from './overrides.ts';

export interface PlanArguments extends OverrideOptions {
  readonly scenario: string;
}

export const planCommand = (
  perform: (options: PlanArguments) => void,
): CommandModule<object, PlanArguments> => ({
  command: 'plan <scenario>',
  describe: 'Print what would happen, touching no database',
  builder: (argv): Argv<PlanArguments> =>
    scenarioOptions(argv)
      .positional('scenario', { type: 'string', demandOption: true, describe: 'scenario file' })
      .example('$0 plan scenarios/orders-add-column-naive.yaml', 'rows, arrivals, phases and statements')
      .example('$0 plan my.yaml --scale 0.1 --set traffic.rate=50/s', 'with other numbers'),
  handler: perform,
});
