import type { NewIndex, Result, TableActivity } from '../result/index.ts';
import { formatCount, formatPercent } from '../units.ts';

import { activityIn, tableIn } from './activity.ts';
import type { Detector, Observed } from './observed.ts';
import { quoteRelation } from '../postgres/index.ts';
import { andList } from './work-sentence.ts';

const ENOUGH_UPDATES = 50;
/** Of the updates; less is noise of pages that fill up. */
const LEAST_LOSS = 0.1;
/** Standard errors of a difference of two shares. */
const CERTAIN = 3;

/** Tables whose updates need new index entries since the migration built an index on them. BRIN keeps none for single rows (since 16). */
export const hotUpdatesLost: Detector = ({ result }) => {
  const indexes = (result.aftermath?.newIndexes ?? []).filter(({ method }) => method !== 'brin');
  return [...new Set(indexes.map(({ relation }) => relation))].flatMap((relation) => {
    const before = tableIn(activityIn(result, 'baseline'), relation);
    const after = tableIn(activityIn(result, 'recovery'), relation);
    if (before === undefined || after === undefined || !isLost(before, after)) return [];
    return [
      lost(
        result,
        indexes.filter((index) => index.relation === relation),
        { before, after },
      ),
    ];
  });
};

const shareOf = ({ hotUpdated, updated }: TableActivity): number => hotUpdated / Math.max(1, updated);

function isLost(before: TableActivity, after: TableActivity): boolean {
  if (before.updated < ENOUGH_UPDATES || after.updated < ENOUGH_UPDATES) return false;
  const variance = (one: TableActivity): number => (shareOf(one) * (1 - shareOf(one))) / one.updated;
  const loss = shareOf(before) - shareOf(after);
  return loss > Math.max(LEAST_LOSS, CERTAIN * Math.sqrt(variance(before) + variance(after)));
}

interface Activities {
  readonly before: TableActivity;
  readonly after: TableActivity;
}

function lost(result: Result, indexes: readonly NewIndex[], { before, after }: Activities): Observed {
  const { relation } = after;
  const updated = result.aftermath?.updatedColumns.find((one) => one.relation === relation)?.columns ?? [];
  const covering = indexes.flatMap(({ name, columns }) => {
    const shared = columns.filter((column) => updated.includes(column));
    return shared.length === 0 ? [] : [`${name} covers ${andList(shared)}, which the traffic updates`];
  });
  return {
    severity: 'warning',
    relation,
    title: `updates of ${relation} became dearer: fewer of them are heap-only (HOT) since ${andList(indexes.map(({ name }) => name))}`,
    evidence: [
      `${formatPercent(shareOf(before))} of ${formatCount(before.updated)} updates were heap-only before, ${formatPercent(shareOf(after))} of ${formatCount(after.updated)} after`,
      ...covering,
      'each of the others writes an entry into every index of the table, and leaves one to be vacuumed',
    ],
    safer: [
      'leave columns that are often updated out of indexes; where the index is needed, give each page room and watch its bloat',
      `ALTER TABLE ${quoteRelation(relation)} SET (fillfactor = 85);`,
    ].join('\n'),
  };
}
