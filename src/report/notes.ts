import type { PhaseResult, ReportFile } from '../result/index.ts';
import { formatRate, perSecond } from '../units.ts';

/** What is worth knowing beside the verdict, a sentence each: warnings, and what closed loops carried. */
export function notes(report: ReportFile): readonly string[] {
  return [...report.warnings, ...throughputs(report)];
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
