import { statementsOf, type MigrationStatement } from '../../findings/index.ts';
import type { RelationWork, ReportFile, StatementResult } from '../../result/index.ts';
import { formatCount, formatDuration, formatSize } from '../../units.ts';
import { shorten } from '../one-line.ts';

import { code, dataTable } from './data-table.ts';
import { html, NOTHING, type Content, type Markup } from './markup.ts';

const MOST_STATEMENTS = 60;
const MOST_LOCKS = 8;
const TEXT = 600;

/** Each statement: how long it waited and worked, what it locked and for how long, what it rewrote, read and wrote. */
export function statementTable(report: ReportFile): Markup {
  const steps = report.migration?.steps ?? [];
  const leftOut = steps.reduce((sum, { statementsLeftOut = 0 }) => sum + statementsLeftOut, 0);
  const table = dataTable(
    [
      { head: 'step', numeric: true },
      { head: 'statement' },
      { head: 'waited', numeric: true },
      { head: 'worked', numeric: true },
      { head: 'locks (waited, held)' },
      { head: 'tables' },
      { head: 'WAL', numeric: true },
    ],
    statementsOf(report).map(cells),
    {
      caption: 'WAL is that of the whole server meanwhile, the traffic’s included.',
      most: MOST_STATEMENTS,
    },
  );
  return html`${table}${
    leftOut === 0
      ? NOTHING
      : html`<p class="more">${formatCount(leftOut)} short statements are not listed.</p>`
  }${steps.map(stepLine)}`;
}

function cells({ stepIndex, statement }: MigrationStatement): readonly Content[] {
  return [
    String(stepIndex + 1),
    [
      code(shorten(statement.text, TEXT)),
      statement.error === undefined
        ? NOTHING
        : html`<br /><span class="red">${statement.error.message} ${statement.error.sqlState ?? ''}</span>`,
    ],
    formatDuration(statement.waiting),
    formatDuration(statement.working),
    locks(statement),
    [works('rewrote', statement.rewritten), works('read all of', statement.scanned)],
    formatSize(statement.walBytes),
  ];
}

function locks({ locks: all }: StatementResult): Markup {
  const more = all.length - MOST_LOCKS;
  return html`${all
    .slice(0, MOST_LOCKS)
    .map(
      ({ mode, relation, waited, held }) =>
        html`<div>${mode} on ${relation} (${formatDuration(waited)}, ${formatDuration(held)})</div>`,
    )}${more > 0 ? html`<div class="soft">… and ${more} more</div>` : NOTHING}`;
}

const works = (did: string, all: readonly RelationWork[]): Markup =>
  html`${all.map(
    ({ relation, bytes, rows }) =>
      html`<div>${did} ${relation} (${formatSize(bytes)}, about ${formatCount(rows)} rows)</div>`,
  )}`;

/** Of steps that tell more than their statements: attempts, batches, what a command printed. */
function stepLine(step: NonNullable<ReportFile['migration']>['steps'][number], index: number): Markup {
  const { attempts, backfill, output, outcome, error } = step;
  const told = [
    ...(outcome === 'applied'
      ? []
      : [outcome === 'not-run' ? 'was not run' : `${outcome}: ${error?.message ?? ''}`]),
    ...(error?.detail === undefined ? [] : [error.detail]),
    ...(attempts.length > 1 ? [`${attempts.length} attempts`] : []),
    ...(backfill === undefined
      ? []
      : [
          `${formatCount(backfill.rows)} rows of ${backfill.table} in ${formatCount(backfill.batches)} batches, the slowest ${formatDuration(backfill.slowestBatch)}`,
        ]),
  ];
  return html`${told.length === 0 ? NOTHING : html`<p><strong>Step ${index + 1}</strong>: ${told.join('; ')}</p>`}${
    output === undefined || output === ''
      ? NOTHING
      : html`<details>
          <summary>What step ${index + 1} printed</summary>
          ${html`<pre tabindex="0"><code>${output}</code></pre>`}
        </details>`
  }`;
}
