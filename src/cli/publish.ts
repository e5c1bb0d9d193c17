import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from '../comparison/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { markdownSummary, terminalReport } from '../report/index.ts';
import { writeReport, type ReportFile, type Result } from '../result/index.ts';

import { newFolder } from './folders.ts';

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
  const written = write(report, out);
  if (!json) {
    const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
    const files = written.ok ? [written.report, written.summary] : [];
    process.stdout.write(terminalReport(report, { color, width: process.stdout.columns || 120, files }));
  }
  if (!written.ok) throw written.failure;
  const { kind: verdict, exitCode, reasons } = judgement.verdict;
  const { report: reportPath, summary } = written;
  return { scenario: result.scenario.name, verdict, exitCode, reasons, report: reportPath, summary };
}

type Written =
  | { readonly ok: true; readonly report: string; readonly summary: string }
  | { readonly ok: false; readonly failure: Failure };

function write(report: ReportFile, out: string): Written {
  try {
    const directory = newFolder(out, `${fileTime(report.startedAt)}-${fileName(report.scenario.name)}`);
    const paths = { report: join(directory, 'report.json'), summary: join(directory, 'summary.md') };
    writeFileSync(paths.report, writeReport(report));
    writeFileSync(paths.summary, markdownSummary(report));
    return { ok: true, ...paths };
  } catch (error) {
    const message = `the report could not be written: ${messageOf(error)}`;
    return { ok: false, failure: new Failure('report.unwritable', { message, cause: error }) };
  }
}

/** `2026-11-22T18-30-05`: sorts by time, and is a name on every file system. */
const fileTime = (iso: string): string => iso.slice(0, 19).replaceAll(':', '-');

export const fileName = (name: string): string => name.replace(/[^\w.-]+/g, '-');
