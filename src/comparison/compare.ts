import type { Judgement, ReportFile, Result } from '../result/index.ts';

import {
  COMPARISON_SCHEMA_VERSION,
  type Aspect,
  type ChangeVerdict,
  type ComparedSide,
  type Comparison,
  type ComparisonVerdict,
} from './comparison-file.ts';
import { disparitiesOf, notesOn } from './comparable.ts';
import { factChanges, type RunFacts } from './facts.ts';
import { judge } from './judge.ts';
import { latencyCells } from './latency-cells.ts';
import { latencyChanges, type Floor, type LatencyChanges } from './latency-changes.ts';

/** A report, and the file that it is known by. */
export interface ReportedRun {
  readonly file: string;
  readonly report: ReportFile;
}

export interface Sides {
  readonly baseline: readonly ReportedRun[];
  readonly candidate: readonly ReportedRun[];
}

export interface ComparingOptions {
  readonly floor: Floor;
  /** Differences that the caller knows of. */
  readonly despite: readonly Aspect[];
}

export const DEFAULT_FLOOR: Floor = { ratio: 1.1, milliseconds: 2 };

/**
 * Holds runs against runs. With one on each side the noise is told from the seconds within them; with more, from how runs of the same side differ.
 * Swapping the sides mirrors what is found. Throws `Failure('file.invalid')` for histograms that can not be read.
 */
export function compare(sides: Sides, { floor, despite }: ComparingOptions): Comparison {
  const [before, after] = [sorted(sides.baseline), sorted(sides.candidate)];
  const [then, now] = [before.used.map(({ result }) => result), after.used.map(({ result }) => result)];
  const disparities = disparitiesOf([...then, ...now], despite);
  const comparable = then.length > 0 && now.length > 0 && disparities.every(({ allowed }) => allowed);
  const facts = comparable ? factChanges(before.used, after.used) : [];
  const changes = comparable ? latenciesOfSides(then, now, floor) : NOTHING_JUDGED;
  const verdicts = [
    ...facts.map(({ verdict }) => verdict),
    ...changes.latencies.flatMap(({ percentiles }) => percentiles.map(({ verdict }) => verdict)),
  ];
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    verdict: comparable ? overall(verdicts, changes.judged) : 'not-comparable',
    baseline: sideOf(sides.baseline, before),
    candidate: sideOf(sides.candidate, after),
    disparities,
    notes: notesBetween(then, now),
    facts,
    latencies: changes.latencies,
    method: { floor, judged: changes.judged, restlessness: changes.restlessness },
  };
}

const NOTHING_JUDGED: LatencyChanges = { latencies: [], judged: 0, restlessness: {} };

const latenciesOfSides = (then: readonly Result[], now: readonly Result[], floor: Floor): LatencyChanges =>
  latencyChanges(then.map(latencyCells), now.map(latencyCells), floor);

interface Sorted {
  readonly used: readonly (RunFacts & { readonly file: string })[];
  readonly leftOut: ComparedSide['leftOut'];
}

/** What can not be believed, or did not come to its end, is not compared. */
function sorted(runs: readonly ReportedRun[]): Sorted {
  const judged = runs.map(({ file, report }) => ({
    file,
    result: report,
    judgement: report.judgement ?? judge(report),
  }));
  return {
    used: judged.filter(({ judgement }) => COMPARED[judgement.verdict.kind]),
    leftOut: judged
      .filter(({ judgement }) => !COMPARED[judgement.verdict.kind])
      .map(({ file, judgement: { verdict } }) => ({
        file,
        why: [verdict.kind, ...verdict.reasons.slice(0, 1)].join(': '),
      })),
  };
}

const COMPARED: Readonly<Record<Judgement['verdict']['kind'], boolean>> = {
  pass: true,
  fail: true,
  'migration-failed': true,
  invalid: false,
  'target-failed': false,
  refused: false,
  interrupted: false,
  'harness-failed': false,
};

function sideOf(runs: readonly ReportedRun[], { used, leftOut }: Sorted): ComparedSide {
  return {
    scenario: [...new Set(runs.map(({ report }) => report.scenario.name))].join(', '),
    runs: used.map(({ file, result, judgement }) => ({
      file,
      startedAt: result.startedAt,
      verdict: judgement.verdict.kind,
    })),
    leftOut,
  };
}

/** Within a side nothing should differ at all. */
function notesBetween(then: readonly Result[], now: readonly Result[]): readonly string[] {
  const [first] = then;
  const [other] = now;
  const mixed = [then, now].map((side) => new Set(side.map(({ scenario }) => scenario.hash)).size > 1);
  return [
    ...(mixed[0] === true ? ['the runs of the baseline are not all of the same scenario'] : []),
    ...(mixed[1] === true ? ['the runs of the candidate are not all of the same scenario'] : []),
    ...(first === undefined || other === undefined ? [] : notesOn(first, other)),
  ];
}

/** No data never passes: facts alone may be worse or better, but without a single percentile nothing is called equal. */
function overall(verdicts: readonly ChangeVerdict[], judged: number): ComparisonVerdict {
  if (verdicts.includes('worse')) return 'worse';
  if (verdicts.includes('better')) return 'better';
  return judged === 0 ? 'not-enough-data' : 'no-difference';
}
