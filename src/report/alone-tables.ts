import { factor, planText, timeText } from '../findings/index.ts';
import type { ComparedStatement, ReportFile, StatementTimes, StatementVerdict } from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { code, escaped, table } from './markdown-text.ts';

const VERDICTS: Readonly<Record<StatementVerdict, { readonly text: string; readonly rank: number }>> = {
  slower: { text: '🐢 slower', rank: 0 },
  faster: { text: '⚡ faster', rank: 1 },
  'not-comparable': { text: 'not comparable', rank: 2 },
  'no-difference': { text: 'no difference', rank: 3 },
};

/** Each statement of the traffic alone on the quiet database; empty where none was tried. */
export function aloneTables({ statementBenchmark }: ReportFile): string {
  if (statementBenchmark === undefined) return '';
  const { statements, leftOut } = statementBenchmark;
  const rows = statements
    .toSorted((one, other) => VERDICTS[one.verdict].rank - VERDICTS[other.verdict].rank)
    .map(comparedRow);
  const missing = leftOut.map(({ transaction, statement, reason }) => [
    escaped(transaction),
    code(statement, 80),
    escaped(reason),
  ]);
  return [
    howText(statementBenchmark),
    ...(rows.length === 0
      ? []
      : [table(['transaction', 'statement', 'before', 'after', 'after / before', '', 'plan'], rows)]),
    ...(missing.length === 0 ? [] : [table(['transaction', 'left out', 'because'], missing)]),
  ].join('\n\n');
}

function howText({ calibration, duration }: NonNullable<ReportFile['statementBenchmark']>): string {
  const trips = [calibration.before, ...(calibration.after === undefined ? [] : [calibration.after])];
  return `Round trips without other traffic, everything rolled back, ${formatDuration(duration.before)} for all of them before. \`SELECT 1\` took ${trips.map(formatDuration).join(' before, ')}${trips.length > 1 ? ' after' : ''}; what that differs by is the machine's and widens the range.`;
}

function comparedRow(one: ComparedStatement): readonly string[] {
  const { transaction, statement, before, after, ratio, verdict, reason } = one;
  return [
    escaped(transaction),
    code(statement, 80),
    cell(before),
    cell(after),
    ratio === undefined ? '' : `${factor(ratio.ratio)} × (${factor(ratio.low)} to ${factor(ratio.high)})`,
    `${VERDICTS[verdict].text}${reason === undefined ? '' : `: ${escaped(reason)}`}`,
    planCell(one),
  ];
}

function cell(times: StatementTimes | undefined): string {
  if (times?.kind === 'failed') return 'fails';
  if (times?.kind !== 'measured') return escaped(timeText(times));
  const blocks =
    times.executed === undefined
      ? ''
      : `<br>${formatCount(times.executed.blocksHit + times.executed.blocksRead)} blocks`;
  return `${escaped(timeText(times))}${blocks}`;
}

function planCell({ before, after, planChanged, newIndexesUsed }: ComparedStatement): string {
  const now = after?.kind === 'measured' ? after.executed : undefined;
  const then = before.kind === 'measured' ? before.executed : undefined;
  const uses = newIndexesUsed.length === 0 ? '' : `<br>uses the new ${escaped(newIndexesUsed.join(', '))}`;
  if (now === undefined) return then === undefined ? '' : escaped(planText(then.plan));
  if (planChanged !== true || then === undefined) return `${escaped(planText(now.plan))}${uses}`;
  return `${escaped(planText(then.plan))}<br>now ${escaped(planText(now.plan))}${uses}`;
}
