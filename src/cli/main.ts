#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';

import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { instant } from '../units.ts';

import { cacheCommand } from './cache-command.ts';
import { cleanupCommand } from './cleanup-command.ts';
import { datasetCommand } from './dataset-command.ts';
import { compareCommand } from './compare-command.ts';
import { die } from './die.ts';
import { exitCodeHelp } from './exit-codes.ts';
import { markCommand } from './mark-command.ts';
import { keepSmall } from './memory.ts';
import { givenOnce } from './options.ts';
import { harnessVersion } from './package.ts';
import { hideSecrets } from './process-title.ts';
import { planCommand } from './plan-command.ts';
import { reportCommand } from './report-command.ts';
import { runCommand } from './run-command.ts';
import { scheduleCommand } from './schedule-command.ts';
import { trendCommand } from './trend-command.ts';
import { validateCommand } from './validate-command.ts';

// When the process was started: the user waits for its modules as well.
const began = instant(systemClock.now() - performance.now());

hideSecrets();
keepSmall();

// A reader that has seen enough (`| head`), or a terminal that was closed, is no reason to end without a report.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/*
 * What the command does. Loaded when it is needed, so that help and wrong usage answer at once; and beside yargs, which for
 * a handler that returns a promise renders all its help first (60 ms).
 */
let work: Promise<void> | undefined;

try {
  await yargs(hideBin(process.argv))
    .scriptName('rehearse')
    .usage(
      '$0 <command>\n\nRehearse a PostgreSQL schema migration under production-like load, before it meets production.',
    )
    .command(
      runCommand((options) => {
        work = import('./run.ts').then(({ runAll }) => runAll(options, began));
      }),
    )
    .command(
      reportCommand((options) => {
        work = import('./report.ts').then(({ renderReport }) => renderReport(options));
      }),
    )
    .command(
      compareCommand((options) => {
        work = import('./compare.ts').then(({ compareReports }) => compareReports(options));
      }),
    )
    .command(
      planCommand((options) => {
        work = import('./plan.ts').then(({ printPlan }) => printPlan(options));
      }),
    )
    .command(
      validateCommand((options) => {
        work = import('./validate.ts').then(({ validate }) => validate(options));
      }),
    )
    .command(
      trendCommand((options) => {
        work = import('./trend.ts').then(({ printTrend }) => printTrend(options));
      }),
    )
    .command(
      scheduleCommand((options) => {
        work = import('./schedule.ts').then(({ keepSchedule }) => keepSchedule(options));
      }),
    )
    .command(
      markCommand((options) => {
        work = import('./mark.ts').then(({ markDatabase }) => markDatabase(options));
      }),
    )
    .command(
      datasetCommand({
        plan: (options) => {
          work = import('./dataset-plan.ts').then(({ planDataset }) => planDataset(options));
        },
        sample: (options) => {
          work = import('./dataset-sample.ts').then(({ printSample }) => printSample(options));
        },
        load: (options) => {
          work = import('./dataset-load.ts').then(({ loadRows }) => loadRows(options));
        },
        verify: (options) => {
          work = import('./dataset-verify.ts').then(({ verifyDataset }) => verifyDataset(options));
        },
      }),
    )
    .command(
      cacheCommand({
        list: (options) => {
          work = import('./cache.ts').then(({ listDatasets }) => listDatasets(options));
        },
        prune: (options) => {
          work = import('./cache.ts').then(({ pruneDatasets }) => pruneDatasets(options));
        },
      }),
    )
    .command(
      cleanupCommand((options) => {
        work = import('./cleanup.ts').then(({ cleanup }) => cleanup(options));
      }),
    )
    .demandCommand(
      1,
      'expected a command: run, report, compare, trend, schedule, plan, validate, mark, dataset, cache or cleanup',
    )
    .strict()
    .check(givenOnce, true)
    .version(harnessVersion)
    .alias({ h: 'help', v: 'version' })
    .parserConfiguration({ 'duplicate-arguments-array': true, 'parse-numbers': false, 'dot-notation': false })
    .wrap(Math.min(110, process.stdout.columns || 110))
    .epilogue(exitCodeHelp)
    .fail((message: string | null, error: Error | undefined) => {
      // What a command throws goes on as it is; YError is yargs' own word for wrong usage.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new Failure('usage', {
        message: message ?? error?.message ?? 'wrong usage',
        hint: 'rehearse --help shows the commands, rehearse <command> --help their options',
      });
    })
    .parseAsync();
  await work;
} catch (error) {
  await die(error);
}
