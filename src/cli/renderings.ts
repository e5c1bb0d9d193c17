import { htmlReport, junitReport, markdownSummary, terminalReport } from '../report/index.ts';
import { writeReport, type ReportFile } from '../result/index.ts';

import { pageTools } from './page-tools.ts';
import type { Format } from './report-command.ts';

/** What each format makes of a report; `color` only matters on a terminal. */
export const RENDERINGS: Readonly<Record<Format, (report: ReportFile, color: boolean) => string>> = {
  text: (report, color) => terminalReport(report, { color, width: process.stdout.columns || 120, files: [] }),
  markdown: markdownSummary,
  html: (report) => htmlReport(report, pageTools()),
  junit: junitReport,
  json: writeReport,
};

export const wantsColor = (): boolean => process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
