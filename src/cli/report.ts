import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from '../comparison/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { readReport } from '../result/index.ts';

import { LARGEST_REPORT, readSource } from './files.ts';
import { toStdout } from './output.ts';
import { RENDERINGS, wantsColor } from './renderings.ts';
import type { ReportArguments } from './report-command.ts';
import { isFolder } from './report-files.ts';

/** Throws `Failure('file.invalid')` for what is no report, and `Failure('report.unwritable')`. */
export function renderReport({ report: path, format, out }: ReportArguments): void {
  const { text, file } = readSource(isFolder(path) ? join(path, 'report.json') : path, LARGEST_REPORT);
  const read = readReport(text, file);
  const report = { ...read, judgement: read.judgement ?? judge(read) };
  const rendered = RENDERINGS[format](report, out === undefined && wantsColor());
  if (out === undefined) {
    // The others are files, whatever reads them.
    if (format === 'text') toStdout(rendered);
    else process.stdout.write(rendered);
    return;
  }
  try {
    writeFileSync(out, rendered);
  } catch (error) {
    const message = `the report could not be written to ${out}: ${messageOf(error)}`;
    throw new Failure('report.unwritable', { message, cause: error });
  }
}
