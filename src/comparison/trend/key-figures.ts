import { longestHold, statementsOf } from '../../findings/index.ts';
import type { PhaseName, ReportFile, TransactionResult } from '../../result/index.ts';
import type { Aggregate, Selector } from '../../threshold/index.ts';

import { judge } from '../judge.ts';
import type { Evidence, Measure } from '../measure.ts';
import { measure } from '../meters.ts';

import type { FigureTrend, FigureValue, TrendRun, TrendSegment } from './model.ts';

/** One figure of one run. */
export interface Figure extends Pick<FigureTrend, 'id' | 'title' | 'unit'> {
  readonly value: FigureValue;
}

/** What a history keeps of a report. */
export interface KeyFigures {
  readonly scenario: string;
  /** What must be the same where runs are compared. */
  readonly line: Pick<TrendSegment, 'scenarioHash' | 'datasetHash' | 'scale' | 'seed' | 'serverMajor'>;
  /** What may differ all the same; absent in reports of older versions. */
  readonly parts?: ReportFile['scenario']['parts'];
  readonly run: TrendRun;
  readonly figures: readonly Figure[];
}

/** `file`: where it was read. */
export function keyFiguresOf(report: ReportFile, file: string): KeyFigures {
  const { verdict, findings } = report.judgement ?? judge(report);
  const open = findings.filter(({ severity, accepted }) => severity !== 'info' && accepted === undefined);
  const evidence = { result: report, findings };
  const { scenario, dataset, server } = report;
  return {
    scenario: scenario.name,
    line: {
      scenarioHash: scenario.parts?.load ?? scenario.hash,
      datasetHash: dataset.hash,
      scale: dataset.scale,
      seed: dataset.seed,
      ...(server === undefined ? {} : { serverMajor: Math.floor(server.versionNumber / 10_000) }),
    },
    ...(scenario.parts === undefined ? {} : { parts: scenario.parts }),
    run: {
      startedAt: report.startedAt,
      report: file,
      verdict: verdict.kind,
      believable: verdict.kind === 'pass' || verdict.kind === 'fail',
      findings: [...new Set(open.map(({ id }) => id))],
    },
    figures: [
      ...wholeRun(evidence),
      { id: 'findings', title: 'findings', unit: 'count', value: open.length },
      ...titlesOf(report).flatMap((title) => ofTransaction(evidence, title)),
    ],
  };
}

const MAX: Aggregate = { kind: 'max' };
const COUNT: Aggregate = { kind: 'count' };

function wholeRun(evidence: Evidence): readonly Figure[] {
  const { migration } = evidence.result;
  const of = (metric: Selector['metric'], aggregate: Aggregate, phase?: PhaseName): FigureValue =>
    valueOf(measure(evidence, { metric, labels: phase === undefined ? {} : { phase } }, aggregate));
  const hold =
    migration === undefined
      ? null
      : longestHold(statementsOf(evidence.result).flatMap(({ blocking }) => blocking));
  const ms = (id: string, title: string, value: FigureValue): Figure => ({
    id,
    title,
    unit: 'milliseconds',
    value,
  });
  return [
    ms('migration.duration', 'duration of the migration', migration?.duration ?? null),
    ms(
      'longest_stall',
      'longest time without a completion in the migration phase',
      of('no_completion', MAX, 'migration'),
    ),
    ms('longest_lock_wait', 'longest lock wait', of('lock_wait', MAX)),
    ms('longest_hold', 'longest hold of a lock that keeps others out', hold),
    { id: 'failed', title: 'failed arrivals', unit: 'count', value: of('failed', COUNT) },
    {
      id: 'never_started',
      title: 'arrivals that never started',
      unit: 'count',
      value: of('never_started', COUNT),
    },
  ];
}

interface Title {
  readonly title: string;
  readonly labels: { readonly transaction: string; readonly workload: string };
}

/** Each transaction of each workload; the workload is named where there are several. */
function titlesOf({ scenario, transactions }: ReportFile): readonly Title[] {
  const isNamed = scenario.workloads.length > 1;
  const titled = transactions.map(({ name, workload }: TransactionResult): [string, Title] => {
    const title = isNamed ? `${workload}/${name}` : name;
    return [title, { title, labels: { transaction: name, workload } }];
  });
  return [...new Map(titled).values()].toSorted((one, other) => (one.title < other.title ? -1 : 1));
}

function ofTransaction(evidence: Evidence, { title, labels }: Title): readonly Figure[] {
  return (['baseline', 'migration'] as const).flatMap((phase) =>
    [50, 99].map((percent): Figure => ({
      id: `${phase}.${title}.p${percent}`,
      title: `p${percent} of ${title} in the ${phase} phase`,
      unit: 'milliseconds',
      value: valueOf(
        measure(
          evidence,
          { metric: 'response_time', labels: { ...labels, phase } },
          { kind: 'percentile', percent },
        ),
      ),
    })),
  );
}

function valueOf(measured: Measure): FigureValue {
  if (measured.kind === 'no-data') return null;
  return Number.isFinite(measured.value) ? measured.value : 'no end';
}
