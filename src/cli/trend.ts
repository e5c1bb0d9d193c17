import { trendText } from '../report/index.ts';
import { readTrend, writeTrendPage } from '../schedule/index.ts';

import { toStderr, toStdout } from './output.ts';
import type { TrendArguments } from './trend-command.ts';

/** Files that can not be read are told on stderr and passed over. */
export function printTrend({ folder, html, json }: TrendArguments): void {
  const trend = readTrend(folder);
  for (const { file, why } of trend.skipped) {
    // Most messages name the file already.
    toStderr(`skipped ${why.startsWith(file) ? why : `${file}: ${why}`}\n`);
  }
  if (html !== undefined) {
    writeTrendPage(trend, html);
    toStderr(`trend page: ${html}\n`);
  }
  if (json) {
    toStdout(`${JSON.stringify(trend, undefined, 1)}\n`);
    return;
  }
  const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  toStdout(trendText(trend, { color, width: process.stdout.columns || 120 }));
}
