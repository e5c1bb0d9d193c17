import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from '../comparison/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { terminalReport } from '../report/index.ts';
import { withoutValues, type ReportFile, type Result } from '../result/index.ts';

import { writeFolder } from './drafts.ts';
import { toStdout } from './output.ts';
import { RENDERINGS, wantsColor } from './renderings.ts';
import type { Format } from './report-command.ts';

/** What a caller of `--json` gets for one scenario. */
export interface Published {
  readonly scenario: string;
  readonly verdict: string;
  readonly exitCode: number;
  readonly reasons: readonly string[];
  readonly report: string;
  readonly page: string;
  readonly summary: string;
  readonly junit: string;
}

/** The files of a report folder; the facts first, so that they are safe whatever becomes of the others. */
const FILES = [
  { name: 'report.json', format: 'json' },
  { name: 'report.html', format: 'html' },
  { name: 'summary.md', format: 'markdown' },
  { name: 'junit.xml', format: 'junit' },
] as const satisfies readonly { readonly name: string; readonly format: Format }[];

export interface PublishOptions {
  readonly out: string;
  readonly json: boolean;
  /** Of rows and parameters, where the server names them. */
  readonly 'show-values': boolean;
}

/** Judges, writes the files, prints the verdict. Throws `Failure('report.unwritable')` after having printed the verdict. */
export function publish(result: Result, { out, json, 'show-values': showValues }: PublishOptions): Published {
  const told = showValues ? result : withoutValues(result);
  const judgement = judge(told);
  const report: ReportFile = { ...told, judgement };
  const written = write(report, out);
  if (!json) {
    const files = written.ok ? FILES.map(({ name }) => join(written.directory, name)) : [];
    const width = process.stdout.columns || 120;
    toStdout(terminalReport(report, { color: wantsColor(), width, files }));
  }
  if (!written.ok) throw written.failure;
  const { kind: verdict, exitCode, reasons } = judgement.verdict;
  const pathOf = (name: (typeof FILES)[number]['name']): string => join(written.directory, name);
  return {
    scenario: result.scenario.name,
    verdict,
    exitCode,
    reasons,
    report: pathOf('report.json'),
    page: pathOf('report.html'),
    summary: pathOf('summary.md'),
    junit: pathOf('junit.xml'),
  };
}

type Written =
  { readonly ok: true; readonly directory: string } | { readonly ok: false; readonly failure: Failure };

/** Where the disk gets full after the facts, they are there without the renderings. */
function write(report: ReportFile, out: string): Written {
  let problem: unknown;
  try {
    const name = `${fileTime(report.startedAt)}-${fileName(report.scenario.name)}`;
    const directory = writeFolder(out, name, (folder) => {
      problem = writeFiles(report, folder);
    });
    if (problem === undefined) return { ok: true, directory };
  } catch (error) {
    problem = error;
  }
  const message = `the report could not be written: ${messageOf(problem)}`;
  return { ok: false, failure: new Failure('report.unwritable', { message, cause: problem }) };
}

/** Returns why the renderings are not all there. Throws where the facts are not. */
function writeFiles(report: ReportFile, folder: string): unknown {
  const [facts, ...renderings] = FILES;
  writeFileSync(join(folder, facts.name), RENDERINGS[facts.format](report, false));
  try {
    for (const { name, format } of renderings)
      writeFileSync(join(folder, name), RENDERINGS[format](report, false));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** `2026-11-22T18-30-05`: sorts by time, and is a name on every file system. */
const fileTime = (iso: string): string => iso.slice(0, 19).replaceAll(':', '-');

export const fileName = (name: string): string => name.replace(/[^\w.-]+/g, '-');
