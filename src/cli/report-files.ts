import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { ReportedRun } from '../comparison/index.ts';
import { Failure } from '../errors.ts';
import { readReport } from '../result/index.ts';

import { LARGEST_REPORT, readSource } from './files.ts';

/** Of a file, of a run's folder, or of all runs in a folder. Throws `Failure('file.unreadable')` or `Failure('file.invalid')`. */
export function readRuns(paths: readonly string[]): readonly ReportedRun[] {
  return paths.flatMap(reportFilesAt).map((path) => {
    const { file, text } = readSource(path, LARGEST_REPORT);
    return { file, report: readReport(text, file) };
  });
}

export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

function reportFilesAt(path: string): readonly string[] {
  if (!isFolder(path)) return [path];
  const own = join(path, 'report.json');
  if (existsSync(own)) return [own];
  const below = readdirSync(path)
    .sort()
    .map((name) => join(path, name, 'report.json'))
    .filter((file) => existsSync(file));
  if (below.length > 0) return below;
  throw new Failure('file.unreadable', {
    where: path,
    message: 'expected a run or a folder of runs, found no report.json in it',
    hint: 'rehearse run writes each run into a folder of its own below reports/',
  });
}
