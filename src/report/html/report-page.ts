import { judge } from '../../comparison/index.ts';
import type { ReportFile } from '../../result/index.ts';
import { errorLines } from '../error-lines.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';

import { aftermathParts } from './aftermath-part.ts';
import { blameTrees } from './blame.ts';
import { part } from './data-table.ts';
import { findingCards } from './finding-cards.ts';
import { html, type Markup } from './markup.ts';
import { pageText, type PageTools } from './page-frame.ts';
import { factsTable } from './facts-table.ts';
import { statementTable } from './statement-table.ts';
import { thresholdTable, validityTable } from './rule-tables.ts';
import { timeLine } from './time-line.ts';
import { transactionTable } from './transaction-table.ts';
import { reasons, verdictPart } from './verdict-part.ts';

/** `report.html`: one run as one self-contained page. What hurt comes first, what proves it after. */
export function htmlReport(report: ReportFile, tools: PageTools): string {
  const judgement = report.judgement ?? judge(report);
  const { word } = VERDICT_LABELS[judgement.verdict.kind];
  const parts = [
    part('time-line', 'The run', timeLine(report)),
    part('reasons', `Why: ${word.toLowerCase()}`, reasons(judgement)),
    part('findings', 'Findings', findingCards(report, judgement)),
    part('blame', 'Who waited for whom', blameTrees(report)),
    part('statements', 'Statements of the migration', statementTable(report)),
    part('transactions', 'Transactions', transactionTable(report)),
    part('errors', 'Errors', list(errorLines(report))),
    part('thresholds', 'Thresholds', thresholdTable(judgement.thresholds)),
    part('validity', 'Can the measurement be believed', validityTable(judgement)),
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

const list = (lines: readonly string[]): Markup =>
  html`${
    lines.length === 0
      ? undefined
      : html`<ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>`
  }`;
