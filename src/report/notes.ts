import { aloneSentence } from '../findings/index.ts';
import type { ComparedStatement, PhaseResult, ReportFile } from '../result/index.ts';
import { formatRate, perSecond } from '../units.ts';

/** What is worth knowing beside the verdict, a sentence each: warnings, what closed loops carried, statements alone, and how a second run ended. */
export function notes(report: ReportFile): readonly string[] {
  return [...report.warnings, ...throughputs(report), ...alone(report), ...secondRun(report)];
}

/** A closed loop has no rate to keep: what it reached is its result. */
function throughputs(report: ReportFile): readonly string[] {
  const closed = report.scenario.workloads.filter(({ rate }) => rate === undefined);
  return closed.flatMap(({ name, executor }) => {
    const reached = report.phases
      .filter((phase) => phase.name !== 'warmup')
      .map(
        (phase) =>
          `${formatRate(perSecond(completedPerSecond(report, name, phase)))} in the ${phase.name} phase`,
      );
    return reached.length === 0 ? [] : [`${executor} of ${name} carried ${reached.join(', ')}`];
  });
}

function completedPerSecond(
  { transactions }: ReportFile,
  workload: string,
  { name, duration }: PhaseResult,
): number {
  const completed = transactions
    .filter((one) => one.workload === workload && one.phase === name)
    .reduce((sum, one) => sum + one.completed, 0);
  return duration === 0 ? 0 : (completed * 1_000) / duration;
}

const MOST_ALONE = 4;

/**
 * Statements that take longer or shorter, tried alone; the greatest difference first. What is faster by the same plan is mostly the machine: it stands
 * in the table alone.
 */
function alone({ statementBenchmark }: ReportFile): readonly string[] {
  const changed = (statementBenchmark?.statements ?? [])
    .filter(
      ({ verdict, planChanged }) => verdict === 'slower' || (verdict === 'faster' && planChanged !== false),
    )
    .toSorted((one, other) => changeOf(other) - changeOf(one));
  const more = changed.length - MOST_ALONE;
  return [
    ...changed.slice(0, MOST_ALONE).map((one) => `${one.transaction}: ${aloneSentence(one)}`),
    ...(more > 0 ? [`… and ${more} more statements take longer or shorter alone`] : []),
  ];
}

/** What timed out has no ratio, and is the greatest. */
const changeOf = ({ ratio }: ComparedStatement): number =>
  ratio === undefined ? Infinity : Math.abs(Math.log(ratio.ratio));

function secondRun({ rerun }: ReportFile): readonly string[] {
  if (rerun === undefined) return [];
  const why = rerun.error === undefined ? '' : `: ${rerun.error}`;
  return [`run a second time, the migration ${SECOND_RUN[rerun.outcome]}${why}`];
}

const SECOND_RUN: Readonly<Record<NonNullable<ReportFile['rerun']>['outcome'], string>> = {
  unchanged: 'changed nothing',
  'failed-cleanly': 'failed and changed nothing',
  changed: 'changed the database again',
  'left-half-done': 'failed half-way',
};
