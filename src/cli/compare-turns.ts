import type { Comparison, ReportedRun } from '../comparison/index.ts';

import type { Baseline, Turn } from './baseline.ts';
import { publishComparison, readJudging } from './compare.ts';
import { newFolder } from './folders.ts';
import { fileName, type Published } from './publish.ts';
import { readRuns } from './report-files.ts';
import type { RunArguments } from './run-command.ts';

export interface DoneTurn extends Turn {
  readonly published: Published;
}

export interface Compared {
  readonly comparison: Comparison;
  readonly exitCode: number;
}

/**
 * Each scenario of the command line with the baseline, printed and written beside the runs. Throws `Failure('usage')` at once for options that can not be
 * understood.
 */
export function turnComparer(
  baseline: Exclude<Baseline, { readonly kind: 'none' }>,
  options: RunArguments,
): (done: readonly DoneTurn[]) => readonly Compared[] {
  const judging = readJudging(options);
  return (done) => {
    const before = baseline.kind === 'reports' ? baseline.runs : runsOf(done, 'baseline');
    const scenarios = [...new Set(done.map(({ of }) => of))].filter((of) => of !== 'baseline');
    return scenarios.map((of) => {
      const candidate = runsOf(done, of);
      const name = fileName(candidate[0]?.report.scenario.name ?? '');
      if (!options.json) process.stdout.write('\n');
      const folder = newFolder(options.out, `comparison-${name}`);
      return publishComparison({ baseline: before, candidate }, judging, { folder, quiet: options.json });
    });
  };
}

const runsOf = (done: readonly DoneTurn[], of: Turn['of']): readonly ReportedRun[] =>
  readRuns(done.filter((turn) => turn.of === of).map(({ published }) => published.report));
