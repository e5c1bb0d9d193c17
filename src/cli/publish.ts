import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from '../comparison/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { markdownSummary, terminalReport } from '../report/index.ts';
import { writeReport, type ReportFile, type Result } from '../result/index.ts';

/** What a caller of `--json` gets for one scenario. */
export interface Published {
  readonly scenario: string;
  readonly verdict: string;
  readonly exitCode: number;
  readonly reasons: readonly string[];
  readonly report: string;
  readonly summary: string;
}

/** Judges, writes the files, prints the verdict. Throws `Failure('report.unwritable')` after having printed the verdict. */
export function publish(
  result: Result,
  { out, json }: { readonly out: string; readonly json: boolean },
): Published {
  const judgement = judge(result);
  const report: ReportFile = { ...result, judgement };
  const directory = join(out, `${fileTime(result.startedAt)}-${fileName(result.scenario.name)}`);
  const files = { report: join(directory, 'report.json'), summary: join(directory, 'summary.md') };
  const unwritable = write(directory, [
    [files.report, () => writeReport(report)],
    [files.summary, () => markdownSummary(report)],
  ]);
  if (!json) {
    const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
    process.stdout.write(
      terminalReport(report, {
        color,
        width: process.stdout.columns || 120,
        files: unwritable === undefined ? [files.report, files.summary] : [],
      }),
    );
  }
  if (unwritable !== undefined) throw unwritable;
  const { kind: verdict, exitCode, reasons } = judgement.verdict;
  return { scenario: result.scenario.name, verdict, exitCode, reasons, ...files };
}

function write(directory: string, files: readonly (readonly [string, () => string])[]): Failure | undefined {
  try {
    mkdirSync(directory, { recursive: true });
    for (const [path, text] of files) writeFileSync(path, text());
    return undefined;
  } catch (error) {
    return new Failure('report.unwritable', {
      message: `the report could not be written: ${messageOf(error)}`,
      hint: '--out names another folder',
      cause: error,
    });
  }
}

/** `2026-11-22T18-30-05`: sorts by time, and is a name on every file system. */
const fileTime = (iso: string): string => iso.slice(0, 19).replaceAll(':', '-');

const fileName = (name: string): string => name.replace(/[^\w.-]+/g, '-');
