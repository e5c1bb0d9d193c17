import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  ASPECTS,
  compare,
  type Aspect,
  type Comparison,
  type ComparisonVerdict,
  type Floor,
  type Sides,
} from '../comparison/index.ts';
import { didYouMean } from '../document/index.ts';
import { EXIT_CODES, Failure, messageOf } from '../errors.ts';
import { comparisonPage, markdownComparison, terminalComparison } from '../report/index.ts';
import { parseDuration, parseNumber } from '../units.ts';

import type { CompareArguments, JudgingOptions } from './compare-command.ts';
import { prepareFolder } from './folders.ts';
import { toStdout } from './output.ts';
import { readRuns } from './report-files.ts';

/** Reads the reports, compares them, prints and writes what came of it. */
export function compareReports(options: CompareArguments): void {
  const { baseline, candidate } = pathsOf(options);
  const judging = readJudging(options);
  if (options.out !== undefined) prepareFolder(options.out);
  const sides = { baseline: readRuns(baseline), candidate: readRuns(candidate) };
  const { comparison, exitCode } = publishComparison(sides, judging, {
    folder: options.out,
    quiet: options.json,
  });
  if (options.json) toStdout(`${JSON.stringify(comparison, undefined, 1)}\n`);
  process.exitCode = exitCode;
}

interface Paths {
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
}

/** Two, one of each; or several of each, told apart by the options. Throws `Failure('usage')`. */
function pathsOf({ reports, baseline, candidate }: CompareArguments): Paths {
  const [before, after] = reports;
  if (reports.length === 0 && baseline.length > 0 && candidate.length > 0) return { baseline, candidate };
  if (baseline.length === 0 && candidate.length === 0 && reports.length === 2) {
    if (before !== undefined && after !== undefined) return { baseline: [before], candidate: [after] };
  }
  throw new Failure('usage', {
    message: `compare expects a baseline and a candidate, found ${reports.length} reports${baseline.length + candidate.length === 0 ? '' : `, ${baseline.length} with --baseline and ${candidate.length} with --candidate`}`,
    hint: 'rehearse compare BEFORE AFTER, or with several runs: rehearse compare --baseline A1 A2 A3 --candidate B1 B2 B3',
  });
}

export interface Judging {
  readonly floor: Floor;
  readonly despite: readonly Aspect[];
  readonly failOn: 'worse' | undefined;
}

/** Throws `Failure('usage')`. */
export function readJudging({ floor, despite, 'fail-on': failOn }: JudgingOptions): Judging {
  return { floor: readFloor(floor), despite: despite.map(readAspect), failOn };
}

function readFloor(text: string): Floor {
  const [share = '', duration = '', ...rest] = text.split(',');
  const percent = parseNumber(share.trim().replace(/\s*%$/, ''));
  if (percent === undefined || percent < 0 || !share.includes('%') || rest.length > 0) {
    throw new Failure('usage', {
      message: `--floor expects a share and a duration such as 10%,2ms, found ${JSON.stringify(text)}`,
    });
  }
  return { ratio: 1 + percent / 100, milliseconds: parseDuration(duration) };
}

function readAspect(text: string): Aspect {
  const known = ASPECTS.find((aspect) => aspect === text);
  if (known !== undefined) return known;
  const { hint } = didYouMean(text, ASPECTS);
  throw new Failure('usage', {
    message: `--despite knows ${ASPECTS.join(', ')}, found ${JSON.stringify(text)}`,
    ...(hint === '' ? {} : { hint }),
  });
}

interface Publishing {
  /** undefined: nothing is written. */
  readonly folder: string | undefined;
  /** Nothing is printed. */
  readonly quiet: boolean;
}

/** Throws `Failure('report.unwritable')` after having printed what was found. */
export function publishComparison(
  sides: Sides,
  { floor, despite, failOn }: Judging,
  { folder, quiet }: Publishing,
): { readonly comparison: Comparison; readonly exitCode: number } {
  const comparison = compare(sides, { floor, despite });
  const files = folder === undefined ? [] : filesIn(folder, comparison);
  if (!quiet) {
    const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
    const paths = files.map(({ path }) => path);
    toStdout(terminalComparison(comparison, { color, width: process.stdout.columns || 120, files: paths }));
  }
  for (const { path, text } of files) write(path, text);
  return { comparison, exitCode: failOn === undefined ? EXIT_CODES.pass : EXITS[comparison.verdict] };
}

const filesIn = (folder: string, comparison: Comparison) => [
  { path: join(folder, 'comparison.html'), text: comparisonPage(comparison, { sha256 }) },
  { path: join(folder, 'comparison.md'), text: markdownComparison(comparison) },
  { path: join(folder, 'comparison.json'), text: `${JSON.stringify(comparison, undefined, 1)}\n` },
];

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Failure('report.unwritable', {
      message: `the comparison could not be written: ${messageOf(error)}`,
      cause: error,
    });
  }
}

/** With `--fail-on worse`. No data never passes. */
const EXITS: Readonly<Record<ComparisonVerdict, number>> = {
  worse: EXIT_CODES.thresholds,
  better: EXIT_CODES.pass,
  'no-difference': EXIT_CODES.pass,
  'not-enough-data': EXIT_CODES.invalid,
  'not-comparable': EXIT_CODES.invalid,
};
