import { systemClock } from '../clock.ts';
import { Failure, redact } from '../errors.ts';
import type { Plan } from '../plan/index.ts';
import { rehearse, type RunTarget } from '../run/index.ts';
import { parseConnectionString } from '../target/index.ts';
import type { Instant } from '../units.ts';

import { gravest } from './exit-codes.ts';
import { loadPlan } from './files.ts';
import { prepareFolder } from './folders.ts';
import { onInterrupt } from './interrupt.ts';
import { overridesOf } from './overrides.ts';
import { harnessVersion } from './package.ts';
import { progressDisplay } from './progress.ts';
import type { Published } from './publish.ts';
import type { RunArguments } from './run-command.ts';

/** Every scenario of the command line, one after the other. */
export async function runAll(options: RunArguments, began: Instant): Promise<void> {
  const target = targetOf(options);
  // All files are read before the first run, so that a mistake in the last one shows now.
  const overrides = overridesOf(options);
  const plans = options.scenarios.map((file) => loadPlan(file, overrides));
  checkDatasets(plans, target);
  prepareFolder(options.out);
  const interrupt = onInterrupt();
  const published: Published[] = [];
  for (const [index, plan] of plans.entries()) {
    if (interrupt.signal.aborted) break;
    using progress = progressDisplay(plan.scenario.name, process.stderr, {
      quiet: options.quiet || options.json,
    });
    // What judges and writes is loaded while the server starts.
    const [result, publish] = await Promise.all([
      rehearse(plan, {
        target,
        directory: process.cwd(),
        version: harnessVersion,
        clock: systemClock,
        began: index === 0 ? began : systemClock.now(),
        signal: interrupt.signal,
        onEvent: progress.show,
      }),
      loadPublish(),
    ]);
    progress.end();
    published.push(publish(result, options));
  }
  interrupt.release();
  if (options.json) process.stdout.write(`${JSON.stringify(published, undefined, 1)}\n`);
  process.exitCode = gravest(published.map(({ exitCode }) => exitCode));
}

// Of its own: TypeScript 5.9 leaves the name of a file in a block with `using` as it is.
const loadPublish = () => import('./publish.ts').then(({ publish }) => publish);

/** Throws `Failure('usage')`. */
function targetOf({ target, disposable, 'pg-bin': pgBin }: RunArguments): RunTarget {
  if (target === 'embedded') return { kind: 'own', pgBin };
  if (!/^postgres(?:ql)?:\/\/|=/.test(target)) {
    throw new Failure('usage', {
      message: `--target knows embedded and postgres://…, found ${JSON.stringify(redact(target))}`,
      hint: 'to rehearse on another version of PostgreSQL, give its programs with --pg-bin',
    });
  }
  const foreign = parseConnectionString(target);
  const { database } = foreign.connection;
  if (disposable === database) return { kind: 'existing', foreign };
  throw new Failure('usage', {
    message: `the migration and the traffic would change the database ${JSON.stringify(database)} for good`,
    hint: `where that is what you want, say so: --disposable ${database}`,
  });
}

/** Throws `Failure('usage')` where a scenario's data are not where it would run. */
function checkDatasets(plans: readonly Plan[], target: RunTarget): void {
  for (const { scenario, dataset } of plans) {
    if ((dataset.kind === 'existing') === (target.kind === 'existing')) continue;
    throw new Failure('usage', {
      where: scenario.file,
      ...(dataset.kind === 'existing'
        ? {
            message: 'dataset: existing needs the database that holds the data',
            hint: 'name it: --target postgres://user@host/database',
          }
        : {
            message: 'a dataset file is rehearsed on a server of our own',
            hint: 'leave --target out, or write dataset: existing',
          }),
    });
  }
}
