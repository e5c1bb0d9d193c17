import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { keyFiguresOf, trendOf, type KeyFigures, type Trend } from '../comparison/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { trendPage } from '../report/index.ts';
import { readReport } from '../result/index.ts';

/** The history of all reports below a folder; files that can not be read are told in it. Throws `Failure('file.unreadable')` where there is no such folder. */
export function readTrend(folder: string): Trend {
  const runs: KeyFigures[] = [];
  const skipped: { file: string; why: string }[] = [];
  for (const file of reportsBelow(folder)) {
    try {
      // One at a time: a report may take megabytes, its key figures take little.
      runs.push(keyFiguresOf(readReport(readFileSync(file, 'utf8'), file), file));
    } catch (error) {
      skipped.push({ file, why: messageOf(error) });
    }
  }
  return trendOf(runs, skipped);
}

/** Throws `Failure('report.unwritable')`. */
export function writeTrendPage(trend: Trend, file: string): void {
  try {
    writeFileSync(file, trendPage(trend, { script: '', sha256 }));
  } catch (error) {
    throw new Failure('report.unwritable', {
      message: `the trend could not be written to ${file}: ${messageOf(error)}`,
      cause: error,
    });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

function reportsBelow(folder: string): readonly string[] {
  try {
    return filesIn(folder);
  } catch (error) {
    throw new Failure('file.unreadable', {
      message: `cannot read the reports in ${folder}: ${messageOf(error)}`,
      cause: error,
    });
  }
}

/** Links are not followed: they may lead anywhere, and in circles. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return PASSED_OVER.test(entry.name) ? [] : filesIn(join(folder, entry.name));
      return entry.name === 'report.json' ? [join(folder, entry.name)] : [];
    });
}

const PASSED_OVER = /^(?:\.|node_modules$)/;
