import { judge } from '../../comparison/index.ts';
import type { ReportFile } from '../../result/index.ts';
import { errorLines } from '../error-lines.ts';
import { attemptSheet, buildSheet, deadlockSheet } from '../lock-tables.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';

import { aftermathParts } from './aftermath-part.ts';
import { statementsAlone } from './alone-part.ts';
import { blameTrees } from './blame.ts';
import { listed, part, sheetTable } from './data-table.ts';
import { findingCards } from './finding-cards.ts';
import { html, NOTHING } from './markup.ts';
import { pageText, type PageTools } from './page-frame.ts';
import { factsTable } from './facts-table.ts';
import { statementTable } from './statement-table.ts';
import { thresholdTable, validityPart } from './rule-tables.ts';
import { timeLine } from './time-line.ts';
import { transactionTable } from './transaction-table.ts';
import { isJudged, reasons, verdictPart } from './verdict-part.ts';

const DEADLOCKS = { caption: 'Who waited for whom, and whom the server cancelled.', named: false };
const ATTEMPTS = {
  caption: 'Of steps that gave up waiting for a lock: what lock_timeout and retries can be chosen from.',
};
const BUILDS = { caption: 'By pg_stat_progress_create_index, and for whom a build waited.' };

/** `report.html`: one run as one self-contained page. What hurt comes first, what proves it after. */
export function htmlReport(report: ReportFile, tools: PageTools): string {
  const judgement = report.judgement ?? judge(report);
  const { word } = VERDICT_LABELS[judgement.verdict.kind];
  const parts = [
    part('time-line', 'The run', timeLine(report, judgement)),
    part('reasons', `Why: ${word.toLowerCase()}`, isJudged(judgement) ? reasons(judgement) : NOTHING),
    part('findings', 'Findings', findingCards(report, judgement)),
    part('blame', 'Who waited for whom', blameTrees(report)),
    part('deadlocks', 'Deadlocks', sheetTable(deadlockSheet(report), DEADLOCKS)),
    part('attempts', 'Attempts, and what they cost the traffic', sheetTable(attemptSheet(report), ATTEMPTS)),
    part('statements', 'Statements of the migration', statementTable(report)),
    part('builds', 'Phases of index builds', sheetTable(buildSheet(report), BUILDS)),
    part('transactions', 'Transactions', transactionTable(report)),
    part('alone', 'Each statement alone, before and after', statementsAlone(report)),
    part('errors', 'Errors', listed(errorLines(report))),
    part('thresholds', 'Thresholds', thresholdTable(judgement.thresholds)),
    part('validity', 'Can the measurement be believed', validityPart(report, judgement)),
    ...aftermathParts(report),
    part('facts', 'The run’s facts', factsTable(report)),
  ].filter(({ isEmpty }) => !isEmpty);
  const body = html`${verdictPart(report, judgement)}
    <nav aria-label="Parts of this page">
      <ul>
        ${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>
    ${parts.map(({ markup }) => markup)}`;
  return pageText({ title: `${word} ${report.scenario.name}`, body }, tools);
}
