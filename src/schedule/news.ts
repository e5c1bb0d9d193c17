import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compare, DEFAULT_FLOOR, type ComparisonVerdict, type FigureChange } from '../comparison/index.ts';
import { messageOf } from '../errors.ts';
import { changeSentence, comparisonPage, markdownComparison } from '../report/index.ts';
import { readReport, type ReportFile } from '../result/index.ts';

import { readTrend, writeTrendPage } from './history.ts';
import type { EntryState, KeptReport } from './state.ts';

/** Reads a report that may be gone, or be of a version that is not known any more. */
export function reportOf({ folder }: Pick<KeptReport, 'folder'>): ReportFile | undefined {
  const file = join(folder, 'report.json');
  try {
    return readReport(readFileSync(file, 'utf8'), file);
  } catch {
    return undefined;
  }
}

/** The last good run; undefined where its report was removed by somebody, so that another one takes its place. */
export function readableBasis(
  { lastGood }: EntryState,
  tell: (line: string) => void,
): KeptReport | undefined {
  if (lastGood === undefined || reportOf(lastGood) !== undefined) return lastGood;
  tell(
    `the report of the last good run can not be read any more (${lastGood.folder}): comparisons begin anew`,
  );
  return undefined;
}

/** Holds the run against the last good one and writes what comes of it beside its report; undefined: there is nothing to compare with. */
export function compareWithLastGood(
  run: KeptReport,
  lastGood: KeptReport | undefined,
  tell: (line: string) => void,
): ComparisonVerdict | undefined {
  const [before, after] = [lastGood && reportOf(lastGood), reportOf(run)];
  if (lastGood === undefined || before === undefined || after === undefined) return undefined;
  try {
    const comparison = compare(
      {
        baseline: [{ file: join(lastGood.folder, 'report.json'), report: before }],
        candidate: [{ file: join(run.folder, 'report.json'), report: after }],
      },
      { floor: DEFAULT_FLOOR, despite: [] },
    );
    writeFileSync(join(run.folder, 'comparison.md'), markdownComparison(comparison));
    writeFileSync(join(run.folder, 'comparison.html'), comparisonPage(comparison, { sha256 }));
    return comparison.verdict;
  } catch (error) {
    tell(`the run could not be compared with the last good one: ${messageOf(error)}`);
    return undefined;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** Writes the trend page of the folder anew; the changes of level that concern the scenario of the report. A trend that can not be made is told. */
export function refreshTrend(
  out: string,
  run: KeptReport | undefined,
  tell: (line: string) => void,
): readonly FigureChange[] {
  try {
    const trend = readTrend(out);
    writeTrendPage(trend, join(out, 'trend.html'));
    const name = run && reportOf(run)?.scenario.name;
    const segments = trend.scenarios.find((scenario) => scenario.name === name)?.segments ?? [];
    const own = segments.find(({ runs }) => runs.some(({ startedAt }) => startedAt === run?.startedAt));
    return own?.changes ?? [];
  } catch (error) {
    tell(`the trend page could not be written: ${messageOf(error)}`);
    return [];
  }
}

/** Those that were not told yet, in words; each is told once. */
export function freshChanges(
  changes: readonly FigureChange[],
  { told }: EntryState,
): { readonly sentences: readonly string[]; readonly told: EntryState['told'] } {
  const fresh = changes.filter(
    (change) =>
      !told.some(
        ({ figure, direction, at }) =>
          figure === change.figure && direction === change.direction && isNear(at, change.at),
      ),
  );
  return {
    sentences: fresh.map(changeSentence),
    told: [...told, ...fresh.map(({ figure, direction, at }) => ({ figure, direction, at }))].slice(
      -MOST_TOLD,
    ),
  };
}

/** With every new run the same change may be found a run earlier or later. */
const isNear = (one: string, other: string): boolean => Math.abs(Date.parse(one) - Date.parse(other)) <= NEAR;
const NEAR = 3 * 86_400_000;
const MOST_TOLD = 500;
