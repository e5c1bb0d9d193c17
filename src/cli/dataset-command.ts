import type { CommandModule } from 'yargs';

import { datasetLoadCommand } from './dataset-load.ts';
import { datasetPlanCommand } from './dataset-plan.ts';
import { datasetSampleCommand } from './dataset-sample.ts';
import { datasetVerifyCommand } from './dataset-verify.ts';
import { exitCodeHelp } from './exit-codes.ts';

export const datasetCommand: CommandModule = {
  command: 'dataset',
  describe: 'Look at a dataset file, load it, check what is loaded',
  builder: (argv) =>
    argv
      .command(datasetPlanCommand)
      .command(datasetSampleCommand)
      .command(datasetLoadCommand)
      .command(datasetVerifyCommand)
      .demandCommand(1, 'expected a command: dataset plan, sample, load or verify')
      .epilogue(exitCodeHelp)
      .example('$0 dataset plan datasets/shop.yaml --scale 0.1', 'how large, how long?')
      .example('$0 dataset sample datasets/shop.yaml orders', 'what do rows look like?'),
  handler: () => undefined,
};
