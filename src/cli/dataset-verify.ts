import type { Argv, CommandModule } from 'yargs';

import { systemClock } from '../clock.ts';
import { EXIT_CODES } from '../errors.ts';
import { Stop, verifyCached, verifyDatabase } from '../run/index.ts';
import { cardComplaints, stateCardLines } from '../seed/index.ts';
import { findBuild, harnessHome, parseConnectionString } from '../target/index.ts';

import {
  datasetOptions,
  loadDataset,
  serverOptions,
  type DatasetArguments,
  type ServerArguments,
} from './dataset-options.ts';
import { onInterrupt } from './interrupt.ts';
import { progressDisplay } from './progress.ts';

type VerifyArguments = DatasetArguments & ServerArguments & { readonly exact: boolean };

export const datasetVerifyCommand: CommandModule<object, VerifyArguments> = {
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
  handler: verify,
};

async function verify(options: VerifyArguments): Promise<void> {
  const { json, quiet, exact } = options;
  const dataset = loadDataset(options);
  const foreign = options.database === undefined ? undefined : parseConnectionString(options.database);
  const interrupt = onInterrupt('nothing was changed');
  using progress = progressDisplay(dataset.name, process.stderr, { quiet: quiet || json });
  const surroundings = { clock: systemClock, stop: new Stop(interrupt.signal), onEvent: progress.show };
  const card =
    foreign === undefined
      ? await verifyCached({ dataset, exact }, await ourServer(options['pg-bin']), surroundings)
      : await verifyDatabase({ dataset, exact }, foreign, surroundings);
  interrupt.release();
  progress.end();
  const complaints = cardComplaints(card);
  process.stdout.write(
    json
      ? `${JSON.stringify({ good: complaints.length === 0, complaints, card }, undefined, 1)}\n`
      : `${stateCardLines(card).join('\n')}\n`,
  );
  // A limit of the file is broken, as a threshold of a scenario can be; nothing failed to work (3), and no file is wrong (2).
  if (complaints.length > 0) process.exitCode = EXIT_CODES.thresholds;
}

async function ourServer(pgBin: string | undefined) {
  const home = await harnessHome();
  return { home, build: await findBuild(home, pgBin === undefined ? {} : { pgBin }) };
}
