import { factor, planText, timeText } from '../findings/index.ts';
import type {
  ComparedStatement,
  ExecutedPlan,
  StatementBenchmark,
  StatementTimes,
  StatementVerdict,
} from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { shorten } from './one-line.ts';
import { columnsOf, linesOf, numericColumns, type Cell, type Sheet } from './sheet.ts';

/* Each statement of the traffic alone on the quiet database, before the migration and after it. */

const VERDICTS: Readonly<Record<StatementVerdict, { readonly cell: Cell; readonly rank: number }>> = {
  slower: { cell: { text: '▲ slower', tone: 'red' }, rank: 0 },
  faster: { cell: { text: '▼ faster', tone: 'green' }, rank: 1 },
  'not-comparable': { cell: 'not comparable', rank: 2 },
  'no-difference': { cell: 'no difference', rank: 3 },
};

const STATEMENT = 120;

/** What changed comes first. */
export const aloneSheet = ({ statements }: StatementBenchmark): Sheet => ({
  head: [
    ...columnsOf('transaction', 'statement'),
    ...numericColumns('before', 'after', 'after / before'),
    ...columnsOf('', 'plan'),
  ],
  rows: statements
    .toSorted((one, other) => VERDICTS[one.verdict].rank - VERDICTS[other.verdict].rank)
    .map(comparedRow),
  most: 60,
});

export const leftOutSheet = ({ leftOut }: StatementBenchmark): Sheet => ({
  head: columnsOf('transaction', 'left out', 'because'),
  rows: leftOut.map(({ transaction, statement, reason }) => [
    transaction,
    { code: shorten(statement, STATEMENT) },
    reason,
  ]),
  most: 30,
});

export function howAlone({ calibration, duration }: StatementBenchmark): string {
  const { before, after } = calibration;
  const now = after === undefined ? '' : ` before, ${formatDuration(after)} after`;
  return `Round trips without other traffic, everything rolled back, ${formatDuration(duration.before)} for all of them before. SELECT 1 took ${formatDuration(before)}${now}; what that differs by is the machine's and widens the range.`;
}

function comparedRow(one: ComparedStatement): readonly Cell[] {
  const { transaction, statement, before, after, ratio, verdict, reason } = one;
  return [
    transaction,
    { code: shorten(statement, STATEMENT) },
    timesCell(before),
    timesCell(after),
    ratio === undefined ? '' : `${factor(ratio.ratio)} × (${factor(ratio.low)} to ${factor(ratio.high)})`,
    linesOf(VERDICTS[verdict].cell, reason ?? ''),
    planCell(one),
  ];
}

function timesCell(times: StatementTimes | undefined): Cell {
  if (times?.kind === 'failed') return 'fails';
  const executed = executedOf(times);
  const blocks =
    executed === undefined ? '' : `${formatCount(executed.blocksHit + executed.blocksRead)} blocks`;
  return linesOf(timeText(times), blocks);
}

function planCell({ before, after, planChanged, newIndexesUsed }: ComparedStatement): Cell {
  const [then, now] = [executedOf(before), executedOf(after)];
  const uses = newIndexesUsed.length === 0 ? '' : `uses the new ${newIndexesUsed.join(', ')}`;
  if (now === undefined) return then === undefined ? '' : planText(then.plan);
  if (planChanged !== true || then === undefined) return linesOf(planText(now.plan), uses);
  return linesOf(planText(then.plan), `now ${planText(now.plan)}`, uses);
}

const executedOf = (times: StatementTimes | undefined): ExecutedPlan | undefined =>
  times?.kind === 'measured' ? times.executed : undefined;
