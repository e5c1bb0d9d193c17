import type { Judgement, ReportFile } from '../../result/index.ts';
import { formatCount, formatDuration } from '../../units.ts';
import { keyFacts } from '../key-facts.ts';
import { notes } from '../notes.ts';
import { shorten } from '../one-line.ts';
import { stepStories } from '../step-story.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';

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
    ${tiles(report)}
    <ul class="facts">
      ${[...keyFacts(report), ...notes(report)].map((fact) => html`<li>${fact}</li>`)}
    </ul>
    ${blame(report, judgement)}
  </header>`;
}

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
    ['nothing completed for', stall === undefined ? 'under 100 ms' : formatDuration(stall.duration)],
    ...(slowest === undefined ? [] : [['slowest p99', `${slowest.baseline.p99} → ${slowest.migration.p99}`]]),
    ...(waited === undefined ? [] : [['arrivals kept waiting', formatCount(waited)]]),
    ...(during.length === 0 ? [] : [['failed or dropped', formatCount(failed)]]),
    ...(report.migration === undefined
      ? []
      : [['the migration took', formatDuration(report.migration.duration)]]),
  ];
  return report.phases.length === 0
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
  const stories = stepStories(report, judgement).filter(({ serious }) => serious.length > 0);
  if (stories.length === 0) return NOTHING;
  const see = report.scenario.safer;
  return html`<div class="blame">
    ${stories.slice(0, 4).map(({ number, title, serious }) => {
      const safer = serious.find((finding) => finding.safer !== undefined)?.safer?.split('\n')[0];
      return html`<p><strong>Step ${number}</strong> <code>${shorten(title, 300)}</code></p>
        ${
          safer === undefined
            ? NOTHING
            : html`<p>
                <strong class="green">Safer:</strong> ${safer}${see === undefined ? '' : ` (see ${see})`}
              </p>`
        }`;
    })}
  </div>`;
}

/** Of the verdict, what stopped the run or can not be believed first. */
export function reasons({ verdict }: Judgement): Markup {
  if (verdict.reasons.length === 0) return NOTHING;
  const [open, rest] = [verdict.reasons.slice(0, MOST_REASONS), verdict.reasons.slice(MOST_REASONS)];
  const lines = (some: readonly string[]) =>
    html`<ul>
      ${some.map((reason) => html`<li>${reason}</li>`)}
    </ul>`;
  return html`${verdict.kind === 'invalid' ? html`<p>This measurement can not be believed:</p>` : NOTHING}${lines(open)}
  ${
    rest.length === 0
      ? NOTHING
      : html`<details>
          <summary>${rest.length} more</summary>
          ${lines(rest)}
        </details>`
  }`;
}
