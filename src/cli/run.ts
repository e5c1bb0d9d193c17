import { systemClock } from '../clock.ts';
import { EXIT_CODES, Failure } from '../errors.ts';
import { rehearse, type RunTarget } from '../run/index.ts';
import { parseNumber, type Instant } from '../units.ts';

import { readBaseline, turnsOf, type Baseline } from './baseline.ts';
import type { Compared, DoneTurn } from './compare-turns.ts';
import { halfWrittenIn } from './drafts.ts';
import { gravest } from './exit-codes.ts';
import { loadPlan } from './files.ts';
import { prepareFolder } from './folders.ts';
import { inPlaceOf } from './in-place.ts';
import { onInterrupt } from './interrupt.ts';
import { toStdout } from './output.ts';
import { overridesOf } from './overrides.ts';
import { harnessVersion } from './package.ts';
import { progressDisplay } from './progress.ts';
import type { RunArguments } from './run-command.ts';
import { requireFitting, targetOf } from './target.ts';

/** Every scenario of the command line, one after the other, as often as was asked for. */
export async function runAll(options: RunArguments, began: Instant): Promise<void> {
  const repeat = repeatOf(options);
  // All files are read before the first run, so that a mistake in the last one shows now.
  const overrides = overridesOf(options);
  const baseline = readBaseline(options.baseline, overrides);
  const target = targetFor(options, repeat, baseline);
  const plans = options.scenarios.map((file) => loadPlan(file, overrides));
  const compareTurns = await comparing(baseline, options);
  for (const plan of baseline.kind === 'scenario' ? [...plans, baseline.plan] : plans)
    requireFitting(plan, target);
  prepareFolder(options.out);
  await halfWrittenIn(options.out, { dryRun: false });
  const interrupt = onInterrupt();
  const done: DoneTurn[] = [];
  for (const [index, turn] of turnsOf(plans, baseline, repeat).entries()) {
    if (interrupt.signal.aborted) break;
    const { scenario } = turn.plan;
    using progress = progressDisplay(scenario.name, process.stderr, {
      quiet: options.quiet || options.json,
    });
    // What judges and writes is loaded while the server starts.
    const [result, publish] = await Promise.all([
      rehearse(turn.plan, {
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
    done.push({ ...turn, published: publish(result, options) });
  }
  interrupt.release();
  const compared = interrupt.signal.aborted ? [] : compareTurns(done);
  if (options.json) toStdout(`${JSON.stringify(inJson(done, compared, baseline), undefined, 1)}\n`);
  process.exitCode = gravest([...exitCodesOf(done), ...compared.map(({ exitCode }) => exitCode)]);
}

/** Throws `Failure('usage')`. */
function targetFor(options: RunArguments, repeat: number, baseline: Baseline): RunTarget {
  const { scenarios, keep, tolerate, pooler } = options;
  const wish = { asked: options['in-place'], scenarios: scenarios.length, repeat, baseline: baseline.kind };
  return targetOf(options.target, {
    pgBin: options['pg-bin'],
    keep,
    tolerate,
    pooler,
    inPlace: inPlaceOf(wish),
  });
}

/** What a comparison needs is loaded where there is one. Throws `Failure('usage')`. */
async function comparing(
  baseline: Baseline,
  options: RunArguments,
): Promise<(done: readonly DoneTurn[]) => readonly Compared[]> {
  if (baseline.kind !== 'none') return (await import('./compare-turns.ts')).turnComparer(baseline, options);
  if (options['fail-on'] === undefined) return () => [];
  throw new Failure('usage', {
    message: '--fail-on worse compares, and there is nothing to compare with',
    hint: 'name it with --baseline, or use rehearse compare',
  });
}

/**
 * How the baseline's migration fares is what is compared with, and no verdict on the command; only what kept it from being rehearsed counts.
 */
function exitCodesOf(done: readonly DoneTurn[]): readonly number[] {
  return done
    .filter(({ of, published }) => of !== 'baseline' || !VERDICTS.includes(published.exitCode))
    .map(({ published }) => published.exitCode);
}

const VERDICTS: readonly number[] = [
  EXIT_CODES.pass,
  EXIT_CODES.thresholds,
  EXIT_CODES.migration,
  EXIT_CODES.invalid,
];

/** A list of the runs; with a baseline the comparisons beside it. */
function inJson(done: readonly DoneTurn[], compared: readonly Compared[], { kind }: Baseline): unknown {
  const runs = done.map(({ published }) => published);
  return kind === 'none' ? runs : { runs, comparisons: compared.map(({ comparison }) => comparison) };
}

/** Throws `Failure('usage')`. */
function repeatOf({ repeat }: RunArguments): number {
  const times = parseNumber(repeat);
  if (times !== undefined && Number.isInteger(times) && times > 0) return times;
  throw new Failure('usage', {
    message: `--repeat expects a number of times from 1 on, found ${JSON.stringify(repeat)}`,
  });
}

// Of its own: TypeScript 5.9 leaves the name of a file in a block with `using` as it is.
const loadPublish = () => import('./publish.ts').then(({ publish }) => publish);
