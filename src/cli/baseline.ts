import type { ReportedRun } from '../comparison/index.ts';
import type { Override } from '../document/index.ts';
import type { Plan } from '../plan/index.ts';

import { LARGEST_REPORT, loadPlan, readSource } from './files.ts';
import { isFolder, readRuns } from './report-files.ts';

/** What the runs of a command are compared with. */
export type Baseline =
  | { readonly kind: 'none' }
  | { readonly kind: 'reports'; readonly runs: readonly ReportedRun[] }
  /** Rehearsed in turn with the scenarios, so that both meet the same moods of the machine. */
  | { readonly kind: 'scenario'; readonly plan: Plan };

/** A folder, or a file that holds a report; anything else is a scenario. Throws what reading it throws. */
export function readBaseline(path: string | undefined, overrides: readonly Override[]): Baseline {
  if (path === undefined) return { kind: 'none' };
  return isFolder(path) || isReport(path)
    ? { kind: 'reports', runs: readRuns([path]) }
    : { kind: 'scenario', plan: loadPlan(path, overrides) };
}

/** Scenarios may be JSON as well. */
const isReport = (path: string): boolean =>
  path.endsWith('.json') && /^\s*\{\s*"schemaVersion"/.test(readSource(path, LARGEST_REPORT).text);

/** One run that is to be made. */
export interface Turn {
  readonly plan: Plan;
  /** Place among the scenarios of the command line; `baseline` for the other side. */
  readonly of: number | 'baseline';
}

/** Every scenario once, and again from the start: A B A B, the baseline first. */
export function turnsOf(plans: readonly Plan[], baseline: Baseline, repeat: number): readonly Turn[] {
  const round: readonly Turn[] = [
    ...(baseline.kind === 'scenario' ? [{ plan: baseline.plan, of: 'baseline' as const }] : []),
    ...plans.map((plan, of) => ({ plan, of })),
  ];
  return Array.from({ length: repeat }, () => round).flat();
}
