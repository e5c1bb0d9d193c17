import { systemClock } from '../clock.ts';
import { Failure, redact } from '../errors.ts';
import { rehearse } from '../run/index.ts';
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
    // What judges and writes is loaded while the server starts.
    const [result, publish] = await Promise.all([
      rehearse(plan, {
        pgBin: options['pg-bin'],
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

function checkTarget(target: string): void {
  if (target === 'embedded') return;
  throw new Failure('usage', {
    message: `--target knows embedded, found ${JSON.stringify(redact(target))}`,
    hint: 'to rehearse on another version of PostgreSQL, give its programs with --pg-bin',
  });
}
