import type { Judgement, ReportFile, ThresholdOutcome } from '../../result/index.ts';
import { observerNotes } from '../observer-notes.ts';

import { code, dataTable, listed } from './data-table.ts';
import { html, NOTHING, type Markup } from './markup.ts';

const OUTCOMES: Readonly<
  Record<
    ThresholdOutcome['outcome'],
    { readonly text: string; readonly color: string; readonly rank: number }
  >
> = {
  broken: { text: '✗ broken', color: 'red', rank: 0 },
  'no-data': { text: '? no data', color: 'amber', rank: 1 },
  met: { text: '✓ met', color: 'green', rank: 2 },
};

/** Broken ones first; where all are met, folded. */
export function thresholdTable(thresholds: readonly ThresholdOutcome[]): Markup {
  const met = thresholds.filter(({ outcome }) => outcome === 'met').length;
  const table = dataTable(
    [{ head: 'threshold' }, { head: 'measured' }, { head: 'limit' }, { head: '' }],
    thresholds
      .toSorted((a, b) => OUTCOMES[a.outcome].rank - OUTCOMES[b.outcome].rank)
      .map(({ rule, measured, limit, outcome }) => [code(rule), measured, limit, label(outcome)]),
    {
      caption: thresholds.every((threshold) => threshold.default)
        ? 'The scenario sets none: these are the defaults.'
        : 'As the scenario sets them.',
      most: 400,
    },
  );
  if (thresholds.length === 0 || met < thresholds.length) return table;
  return html`<details>
    <summary>All ${met} thresholds are met</summary>
    ${table}
  </details>`;
}

function label(outcome: ThresholdOutcome['outcome']): Markup {
  const { text, color } = OUTCOMES[outcome];
  return html`<span class="mark ${color}">${text}</span>`;
}

/** The rules, and what was seen of lock waits and what not. */
export function validityPart(report: ReportFile, judgement: Judgement): Markup {
  return html`${validityTable(judgement)}${listed(observerNotes(report))}`;
}

function validityTable({ validity }: Judgement): Markup {
  const table = dataTable(
    [{ head: 'rule' }, { head: 'measured' }, { head: '' }],
    validity.map(({ rule, measured, held }) => [
      code(rule),
      measured,
      html`<span class="mark ${held ? 'green' : 'red'}">${held ? '✓ held' : '✗ broken'}</span>`,
    ]),
    { caption: 'Whether the load, the generator and the observer did what they should.', most: 200 },
  );
  if (validity.length === 0) return NOTHING;
  return validity.some(({ held }) => !held)
    ? table
    : html`<details>
        <summary>All ${validity.length} rules held</summary>
        ${table}
      </details>`;
}
