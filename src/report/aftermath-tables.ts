import { planText } from '../findings/index.ts';
import type { PhaseActivity, PlanChange, ReportFile, TableActivity } from '../result/index.ts';
import { formatCount, formatPercent, formatRate, formatSize, perSecond } from '../units.ts';

import { code, escaped, table } from './markdown-text.ts';

/* What is different after the migration; each empty where there is nothing to tell. */

export function schemaTable({ aftermath }: ReportFile): string {
  const rows = (aftermath?.schemaChanges ?? []).map(
    ({ change, fact: { kind, relation, name, definition } }) => [
      change === 'added' ? '+' : '−',
      kind,
      code(relation === '' ? name : `${relation}.${name}`, 80),
      code(definition),
    ],
  );
  return rows.length === 0 ? '' : table(['', 'what', 'name', 'definition'], rows, 40);
}

export function planTable({ aftermath }: ReportFile): string {
  const rows = (aftermath?.planChanges ?? []).map((change) => [
    escaped(change.transaction),
    code(change.statement, 80),
    `${escaped(planText(change.before))}<br>cost ${formatCount(change.before.cost)}`,
    planAfter(change),
  ]);
  return rows.length === 0 ? '' : table(['transaction', 'statement', 'before', 'after'], rows, 20);
}

function planAfter({ after, error }: PlanChange): string {
  if (after === undefined) return `refused: ${escaped(error ?? '')}`;
  return `${escaped(planText(after))}<br>cost ${formatCount(after.cost)}`;
}

export function activityTable({ aftermath }: ReportFile): string {
  const rows = (aftermath?.activity ?? []).flatMap((activity) => [
    [activity.phase, 'WAL of the server', formatSize(activity.walBytes), '', '', '', '', ''],
    ...activity.tables.map((one) => activityRow(activity, one)),
  ]);
  const head = [
    'phase',
    'table',
    'seq scans',
    'index scans',
    'inserted',
    'updated',
    'of them HOT',
    'deleted',
  ];
  return rows.length === 0 ? '' : table(head, rows, 40);
}

function activityRow({ duration }: PhaseActivity, one: TableActivity): readonly string[] {
  const rate = (amount: number): string =>
    amount === 0 || duration <= 0 ? '' : formatRate(perSecond((amount * 1_000) / duration));
  return [
    '',
    code(one.relation, 60),
    rate(one.seqScans),
    rate(one.indexScans),
    rate(one.inserted),
    rate(one.updated),
    one.updated === 0 ? '' : formatPercent(one.hotUpdated / one.updated),
    rate(one.deleted),
  ];
}
