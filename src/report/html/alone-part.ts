import type { ReportFile } from '../../result/index.ts';
import { aloneSheet, howAlone, leftOutSheet } from '../alone-tables.ts';

import { sheetTable } from './data-table.ts';
import { html, isNothing, NOTHING, type Markup } from './markup.ts';

/** Each statement of the traffic alone on the quiet database: slower or faster, by which plan, by which new index. */
export function statementsAlone({ statementBenchmark }: ReportFile): Markup {
  if (statementBenchmark === undefined) return NOTHING;
  const leftOut = sheetTable(leftOutSheet(statementBenchmark), {
    caption: 'Statements that were not tried.',
  });
  return html`${sheetTable(aloneSheet(statementBenchmark), { caption: howAlone(statementBenchmark) })}
  ${
    isNothing(leftOut)
      ? NOTHING
      : html`<details>
          <summary>${statementBenchmark.leftOut.length} statements were left out</summary>
          ${leftOut}
        </details>`
  }`;
}
