import { systemClock } from '../clock.ts';
import { EXIT_CODES } from '../errors.ts';
import { Stop, verifyCached, verifyDatabase } from '../run/index.ts';
import { cardComplaints, stateCardLines } from '../seed/index.ts';
import { findBuild, harnessHome, parseConnectionString } from '../target/index.ts';

import type { VerifyArguments } from './dataset-command.ts';
import { loadDataset } from './dataset-file.ts';
import { onInterrupt } from './interrupt.ts';
import { toStdout } from './output.ts';
import { progressDisplay } from './progress.ts';

export async function verifyDataset(options: VerifyArguments): Promise<void> {
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
  toStdout(
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
