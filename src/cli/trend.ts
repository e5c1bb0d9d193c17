import { trendText } from '../report/index.ts';
import { readTrend, writeTrendPage } from '../schedule/index.ts';

import type { TrendArguments } from './trend-command.ts';

/** Files that can not be read are told on stderr and passed over. */
export function printTrend({ folder, html, json }: TrendArguments): void {
  const trend = readTrend(folder);
  for (const { file, why } of trend.skipped) {
    // Most messages name the file already.
    process.stderr.write(`skipped ${why.startsWith(file) ? why : `${file}: ${why}`}\n`);
  }
  if (html !== undefined) {
    writeTrendPage(trend, html);
    process.stderr.write(`trend page: ${html}\n`);
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(trend, undefined, 1)}\n`);
    return;
  }
  const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  process.stdout.write(trendText(trend, { color, width: process.stdout.columns || 120 }));
}
