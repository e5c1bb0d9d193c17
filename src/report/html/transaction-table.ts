import type { ReportFile } from '../../result/index.ts';
import { formatCount } from '../../units.ts';
import { transactionRows } from '../transaction-rows.ts';

import { dataTable } from './data-table.ts';
import type { Markup } from './markup.ts';

const MOST_ROWS = 400;

/** Every transaction in every phase, the slowest in the migration phase first. */
export function transactionTable(report: ReportFile): Markup {
  const numbers = ['planned', 'completed', 'failed', 'dropped', 'p50', 'p95', 'p99', 'max'];
  return dataTable(
    [{ head: 'transaction' }, { head: 'phase' }, ...numbers.map((head) => ({ head, numeric: true }))],
    transactionRows(report).flatMap(({ name, phases }) =>
      phases.map(({ phase, cells }, index) => [
        index === 0 ? name : '',
        phase,
        ...[cells.planned, cells.completed, cells.failed, cells.dropped].map(formatCount),
        cells.p50,
        cells.p95,
        cells.p99,
        cells.max,
      ]),
    ),
    {
      caption:
        'Response times count from the intended start, so that waiting for a connection is in them. An arrival belongs to the phase of its intended start.',
      most: MOST_ROWS,
      named: false,
    },
  );
}
