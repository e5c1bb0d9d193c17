import type { Argv, CommandModule } from 'yargs';

import { systemClock } from '../clock.ts';
import { Failure, redact } from '../errors.ts';
import { rehearse } from '../run/index.ts';
import type { Instant } from '../units.ts';

import { gravest } from './exit-codes.ts';
import { loadPlan } from './files.ts';
import { prepareFolder } from './folders.ts';
import { onInterrupt } from './interrupt.ts';
import { scenarioOptions } from './options.ts';
import { overridesOf, type OverrideOptions } from './overrides.ts';
import { harnessVersion } from './package.ts';
import { progressDisplay } from './progress.ts';
import { publish, type Published } from './publish.ts';

interface RunArguments extends OverrideOptions {
  readonly scenarios: readonly string[];
  readonly target: string;
  readonly 'pg-bin': string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

export const runCommand = (began: Instant): CommandModule<object, RunArguments> => ({
  command: 'run <scenarios..>',
  describe: 'Rehearse one or more scenarios, one after the other',
  builder: (argv): Argv<RunArguments> =>
    scenarioOptions(argv)
      .positional('scenarios', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'scenario files',
      })
      .option('target', {
        type: 'string',
        default: 'embedded',
        describe: 'embedded: a PostgreSQL of our own, gone after the run',
        requiresArg: true,
      })
      .option('pg-bin', {
        type: 'string',
        describe: 'use the server programs of this directory instead of the embedded ones (PostgreSQL 14–18)',
        requiresArg: true,
      })
      .option('out', {
        type: 'string',
        default: 'reports',
        describe: 'folder for the reports',
        requiresArg: true,
      })
      .option('json', { type: 'boolean', default: false, describe: 'the verdicts as JSON on stdout' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, only the verdicts' })
      .example('$0 run scenarios/orders-add-column-naive.yaml', 'rehearse a migration')
      .example('$0 run scenarios/*.yaml --quiet --out build/reports', 'in a pipeline')
      .example('$0 run my.yaml --scale 0.01 --set phases.baseline=5s', 'a quick look')
      .example('$0 run my.yaml --pg-bin /usr/lib/postgresql/15/bin', 'on the version that production runs'),
  handler: (options) => runAll(options, began),
});

async function runAll(options: RunArguments, began: Instant): Promise<void> {
  checkTarget(options.target);
  // All files are read before the first run, so that a mistake in the last one shows now.
  const overrides = overridesOf(options);
  const plans = options.scenarios.map((file) => loadPlan(file, overrides));
  prepareFolder(options.out);
  const interrupt = onInterrupt();
  const published: Published[] = [];
  for (const [index, plan] of plans.entries()) {
    if (interrupt.signal.aborted) break;
    using progress = progressDisplay(plan.scenario.name, process.stderr, {
      quiet: options.quiet || options.json,
    });
    const result = await rehearse(plan, {
      pgBin: options['pg-bin'],
      directory: process.cwd(),
      version: harnessVersion,
      clock: systemClock,
      began: index === 0 ? began : systemClock.now(),
      signal: interrupt.signal,
      onEvent: progress.show,
    });
    progress.end();
    published.push(publish(result, options));
  }
  interrupt.release();
  if (options.json) process.stdout.write(`${JSON.stringify(published, undefined, 1)}\n`);
  process.exitCode = gravest(published.map(({ exitCode }) => exitCode));
}

function checkTarget(target: string): void {
  if (target === 'embedded') return;
  throw new Failure('usage', {
    message: `--target knows embedded, found ${JSON.stringify(redact(target))}`,
    hint: 'to rehearse on another version of PostgreSQL, give its programs with --pg-bin',
  });
}
