import type { Finding, Judgement, ReportFile, Severity } from '../../result/index.ts';
import { shorten } from '../one-line.ts';
import { findingPlace, findingStatement } from '../step-place.ts';

import { code, sql } from './data-table.ts';
import { html, NOTHING, type Markup } from './markup.ts';

const COLORS: Readonly<Record<Severity, string>> = { danger: 'red', warning: 'amber', info: 'blue' };
const MOST_FINDINGS = 60;
const MOST_STATEMENT = 300;

/** What was found, its evidence, why, and the safer way; worst first, accepted ones still shown. */
export function findingCards(report: ReportFile, { findings }: Judgement): Markup {
  if (findings.length === 0) return NOTHING;
  const more = findings.length - MOST_FINDINGS;
  return html`${findings.slice(0, MOST_FINDINGS).map((finding) => card(report, finding))}${
    more > 0 ? html`<p class="more">… and ${more} more in report.json.</p>` : NOTHING
  }`;
}

function card(report: ReportFile, finding: Finding): Markup {
  const { id, severity, title, evidence, estimate, why, accepted, manual } = finding;
  const place = findingPlace(report, finding);
  const statement = findingStatement(report, finding);
  const color = accepted === undefined ? COLORS[severity] : 'muted';
  return html`<article class="card ${color}">
    <h3>${title}</h3>
    <p class="soft">
      <strong class="${color}">${severity}</strong> · <code>${id}</code>${place === '' ? '' : ` · ${place}`}
    </p>
    ${statement === undefined ? NOTHING : html`<p>${code(shorten(statement, MOST_STATEMENT))}</p>`}
    <ul>
      ${evidence.map((line) => html`<li>${line}</li>`)}${
        estimate === undefined ? NOTHING : html`<li>${estimate}</li>`
      }
    </ul>
    ${why === undefined ? NOTHING : html`<p>Why it matters: ${why}</p>`}
    ${accepted === undefined ? NOTHING : html`<p><strong>Accepted:</strong> ${accepted}</p>`}
    ${saferWay(report, finding)}${
      manual === undefined ? NOTHING : html`<p class="soft">PostgreSQL manual: ${manual}</p>`
    }
  </article>`;
}

function saferWay({ scenario }: ReportFile, { safer }: Finding): Markup {
  const [words, ...statements] = safer?.split('\n') ?? [];
  if (words === undefined) return NOTHING;
  const see = scenario.safer === undefined ? '' : ` (see ${scenario.safer})`;
  return html`<p><strong class="green">Safer:</strong> ${words}${see}</p>
    ${statements.length === 0 ? NOTHING : sql(statements.join('\n'))}`;
}
