import { quoteIdentifier } from '../postgres/index.ts';
import type { NewIndex, Result } from '../result/index.ts';
import { formatCount } from '../units.ts';

import { activityIn, tableIn } from './activity.ts';
import type { Detector, Observed } from './observed.ts';

/** Fewer reads of the table may have missed the queries that it is for. */
const ENOUGH_READS = 50;

/** New indexes that no query used, although the traffic read their tables. One that keeps rows unique has its use without a scan. */
export const indexUnused: Detector = ({ result }) =>
  (result.aftermath?.newIndexes ?? [])
    .filter(
      ({ constraint, unique, valid, scans }) => constraint === undefined && !unique && valid && scans === 0,
    )
    .flatMap((index) => unused(result, index));

/** What the statements did when they were tried alone. */
function passedBy({ statementBenchmark }: Result, name: string): readonly string[] {
  const tried = (statementBenchmark?.statements ?? []).filter(({ after }) => after?.kind === 'measured');
  if (tried.length === 0) return [];
  const using = tried.filter(({ newIndexesUsed }) => newIndexesUsed.includes(name));
  return using.length === 0
    ? [`tried alone, no statement of the traffic uses it (${tried.length} tried)`]
    : using.map(
        ({ transaction, statement }) =>
          `tried alone, a query of ${transaction} uses it: ${statement.replace(/\s+/g, ' ')}`,
      );
}

/** Their indexes can not be dropped concurrently. */
const isPartitioned = ({ relations }: Result, table: string): boolean =>
  relations.some(({ name, after }) => name === table && after?.partitioned !== undefined);

function unused(result: Result, { name, relation, definition }: NewIndex): readonly Observed[] {
  const after = tableIn(activityIn(result, 'recovery'), relation);
  const reads = (after?.seqScans ?? 0) + (after?.indexScans ?? 0);
  if (after === undefined || reads < ENOUGH_READS) return [];
  const writes = after.inserted + after.updated - after.hotUpdated;
  const schema = relation.includes('.') ? `${quoteIdentifier(relation.split('.')[0] ?? '')}.` : '';
  return [
    {
      severity: 'warning',
      relation,
      title: `no query of the traffic used the new index ${name} on ${relation}`,
      evidence: [
        `${formatCount(reads)} scans of ${relation} after the migration, none of them by ${name}`,
        ...(writes > 0 ? [`${formatCount(writes)} writes to ${relation} had to keep it up to date`] : []),
        ...passedBy(result, name),
        definition,
      ],
      safer: [
        'add the query that it is for to the traffic, and see its plan change; else do without the index',
        `DROP INDEX ${isPartitioned(result, relation) ? '' : 'CONCURRENTLY '}${schema}${quoteIdentifier(name)};`,
      ].join('\n'),
    },
  ];
}
