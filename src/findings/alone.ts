import type { ComparedStatement, PlanChange, Result, StatementTimes } from '../result/index.ts';
import { formatDuration } from '../units.ts';

/* Statements of the traffic as they were tried alone on the quiet database. */

/** Of the transaction with this title: its name, with its workload before it where there are several. */
export const aloneIn = ({ statementBenchmark }: Result, title: string): readonly ComparedStatement[] =>
  (statementBenchmark?.statements ?? []).filter(
    ({ workload, transaction }) => title === transaction || title === `${workload}/${transaction}`,
  );

export const aloneOf = (
  { statementBenchmark }: Result,
  { workload, transaction, statement }: PlanChange,
): ComparedStatement | undefined =>
  (statementBenchmark?.statements ?? []).find(
    (one) => one.workload === workload && one.transaction === transaction && one.statement === statement,
  );

/** `SELECT … takes 5.1 ms alone where it took 0.21 ms (24 ×, 22 to 30), by another plan`. */
export function aloneSentence(one: ComparedStatement): string {
  const { statement, before, after, ratio, planChanged, newIndexesUsed } = one;
  const range =
    ratio === undefined ? '' : ` (${factor(ratio.ratio)} ×, ${factor(ratio.low)} to ${factor(ratio.high)} ×)`;
  const plan =
    newIndexesUsed.length > 0 ? `, by the new ${newIndexesUsed.join(', ')}` : otherPlan(planChanged);
  return `${statement.replace(/\s+/g, ' ')} takes ${timeText(after)} alone where it took ${timeText(before)}${range}${plan}`;
}

const otherPlan = (planChanged: boolean | undefined): string =>
  planChanged === undefined ? '' : planChanged ? ', by another plan' : ', by the same plan';

export function timeText(times: StatementTimes | undefined): string {
  switch (times?.kind) {
    case undefined:
      return '–';
    case 'measured':
      return formatDuration(times.time);
    case 'timed-out':
      return `more than ${formatDuration(times.limit)}`;
    case 'failed':
      return `fails: ${times.message}`;
  }
}

/** Three digits: `0.28`, `1.5`, `24`. */
export const factor = (value: number): string => (value < 10 ? value.toPrecision(2) : value.toFixed(0));
