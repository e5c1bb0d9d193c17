import type { Judgement, ReportFile } from '../../result/index.ts';
import { formatCount, formatDuration } from '../../units.ts';
import { keyFacts } from '../key-facts.ts';
import { notes } from '../notes.ts';
import { shorten } from '../one-line.ts';
import { blamedSteps } from '../step-story.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';

import { listed } from './data-table.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { longestStall } from './run-story.ts';
import { transactionRows } from '../transaction-rows.ts';

const MOST_REASONS = 8;

const COLORS = { green: 'green', red: 'red', yellow: 'amber' } as const;

/** Did it hurt, how long, which statement, what to do: at a glance, then in sentences. */
export function verdictPart(report: ReportFile, judgement: Judgement): Markup {
  const { kind } = judgement.verdict;
  const { word, style } = VERDICT_LABELS[kind];
  const color = style === 'green' || style === 'red' || style === 'yellow' ? COLORS[style] : 'muted';
  return html`<header>
    <p class="verdict ${color}"><strong>${word}</strong></p>
    <h1>${report.scenario.name}</h1>
    <p class="soft">${subtitle(report)}</p>
    ${isJudged(judgement) ? NOTHING : html`<div class="why ${color}">${reasons(judgement)}</div>`}
    ${tiles(report)} ${listed([...keyFacts(report, judgement), ...notes(report)])} ${blame(report, judgement)}
  </header>`;
}

/** By its thresholds: then the reasons have a part of their own. What kept the run from that is told first of all. */
export const isJudged = ({ verdict }: Judgement): boolean =>
  verdict.kind === 'pass' || verdict.kind === 'fail';

function subtitle({ startedAt, duration, server, dataset }: ReportFile): string {
  const version = server === undefined ? '' : `PostgreSQL ${server.version}, `;
  return `${version}scale ${dataset.scale}, ${startedAt.slice(0, 16).replace('T', ' ')} UTC, ${formatDuration(duration)}`;
}

/** The numbers that one looks for first. */
function tiles(report: ReportFile): Markup {
  const stall = longestStall(report);
  const [slowest] = transactionRows(report).filter(({ migration }) => migration.planned > 0);
  const during = report.transactions.filter(({ phase }) => phase === 'migration' || phase === 'recovery');
  const failed = during.reduce((sum, one) => sum + one.failed + one.dropped, 0);
  const waited = report.migration?.steps.reduce((sum, { impact }) => sum + impact.waited, 0);
  const all = [
    ...(during.length === 0
      ? []
      : [['nothing completed for', stall === undefined ? 'under 100 ms' : formatDuration(stall.duration)]]),
    ...(slowest === undefined ? [] : [['slowest p99', `${slowest.baseline.p99} → ${slowest.migration.p99}`]]),
    ...(waited === undefined ? [] : [['arrivals kept waiting', formatCount(waited)]]),
    ...(during.length === 0 ? [] : [['failed or dropped', formatCount(failed)]]),
    ...(report.migration === undefined
      ? []
      : [['the migration took', formatDuration(report.migration.duration)]]),
  ];
  return all.length === 0
    ? NOTHING
    : html`<dl class="tiles">
        ${all.map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>`;
}

/** The steps that a serious finding is about, and what to do instead of the worst of each. */
function blame(report: ReportFile, judgement: Judgement): Markup {
  const blamed = blamedSteps(report, judgement);
  if (blamed.length === 0) return NOTHING;
  const see = report.scenario.safer === undefined ? '' : ` (see ${report.scenario.safer})`;
  return html`<div class="blame">
    ${blamed.slice(0, 4).map(
      ({ number, place, title, safer }) =>
        html`<p>
            <strong>Step ${number}</strong>${place === '' ? '' : ` ${place}:`}
            <code>${shorten(title, 300)}</code>
          </p>
          ${
            safer === undefined ? NOTHING : html`<p><strong class="green">Safer:</strong> ${safer}${see}</p>`
          }`,
    )}
  </div>`;
}

/** Of the verdict, what stopped the run or can not be believed first. */
export function reasons({ verdict }: Judgement): Markup {
  if (verdict.reasons.length === 0) return NOTHING;
  const [open, rest] = [verdict.reasons.slice(0, MOST_REASONS), verdict.reasons.slice(MOST_REASONS)];
  return html`${verdict.kind === 'invalid' ? html`<p>This measurement can not be believed:</p>` : NOTHING}${listed(open)}
  ${
    rest.length === 0
      ? NOTHING
      : html`<details class="printed">
          <summary>${rest.length} more</summary>
          ${listed(rest)}
        </details>`
  }`;
}
