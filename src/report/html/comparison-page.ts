import type { ChangeVerdict, Comparison } from '../../comparison/index.ts';
import {
  changeSentences,
  COMPARISON_LABELS,
  endsText,
  factSentence,
  markOf,
  methodSentences,
  obstacles,
  remarks,
  sidesSentence,
  titleOf,
} from '../comparison-words.ts';

import { dataTable, listed, part, type Part } from './data-table.ts';
import { html, type Markup } from './markup.ts';
import { pageText, type PageTools } from './page-frame.ts';

/** The comparison as a page of its own: complete without scripts, opens offline. */
export function comparisonPage(comparison: Comparison, { sha256 }: Pick<PageTools, 'sha256'>): string {
  const { word } = COMPARISON_LABELS[comparison.verdict];
  const parts: readonly Part[] = [
    part('why', 'Why', listed(obstacles(comparison))),
    part('worse', 'Worse', listed(changeSentences(comparison, 'worse'))),
    part('better', 'Better', listed(changeSentences(comparison, 'better'))),
    part('latencies', 'Response times', latencyTable(comparison)),
    part('counts', 'Counts', factTable(comparison)),
    part('method', 'How it was judged', listed([...methodSentences(comparison), ...remarks(comparison)])),
    part('runs', 'Runs', runTable(comparison)),
  ];
  const body = html`<p class="verdict ${COLOURS[comparison.verdict]}"><strong>${word}</strong></p>
    <h1>${sidesSentence(comparison)}</h1>
    ${parts.filter(({ isEmpty }) => !isEmpty).map(({ markup }) => markup)}`;
  return pageText({ title: `${word}: ${sidesSentence(comparison)}`, body }, { script: '', sha256 });
}

const COLOURS: Readonly<Record<Comparison['verdict'], string>> = {
  worse: 'red',
  better: 'green',
  'no-difference': 'green',
  'not-enough-data': 'amber',
  'not-comparable': 'amber',
};

function latencyTable(comparison: Comparison): Markup {
  const percents = comparison.latencies[0]?.percentiles.map(({ percent }) => `p${percent}`) ?? [];
  return dataTable(
    [
      { head: 'transaction' },
      { head: 'phase' },
      ...[...percents, 'longest'].map((head) => ({ head, numeric: true })),
    ],
    comparison.latencies.map((row) => [
      titleOf(comparison, row),
      row.phase,
      ...row.percentiles.map(
        (change) =>
          html`<div>${endsText(change)}</div>
            ${coloured(change.verdict, markOf(change))}`,
      ),
      endsText(row.longest),
    ]),
    { caption: 'Response times of the baseline and of the candidate', most: 500 },
  );
}

/** Only what changed has a colour. */
const coloured = (verdict: ChangeVerdict, text: string): Markup => {
  const isChange = verdict === 'worse' || verdict === 'better';
  return html`<span class="${isChange ? COLOURS[verdict] : 'muted'}">${text}</span>`;
};

const factTable = ({ facts }: Comparison): Markup =>
  dataTable(
    [{ head: 'baseline and candidate' }, { head: '' }],
    facts.map((fact) => [factSentence(fact), coloured(fact.verdict, fact.verdict.replace('-', ' '))]),
    { caption: 'What is hardly ever noise', most: 500 },
  );

const runTable = ({ baseline, candidate }: Comparison): Markup =>
  dataTable(
    [{ head: 'run' }, { head: 'side' }, { head: 'verdict' }],
    [
      ...baseline.runs.map(({ file, verdict }) => [file, 'baseline', verdict]),
      ...candidate.runs.map(({ file, verdict }) => [file, 'candidate', verdict]),
    ],
    { caption: 'Runs that were compared', most: 500 },
  );
