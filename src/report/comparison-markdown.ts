import type { Comparison } from '../comparison/index.ts';

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
} from './comparison-words.ts';
import { code, details, escaped, table } from './markdown-text.ts';

const MOST_CHANGES = 30;

/** Fits a pull-request comment: what changed is open, the tables are folded. */
export function markdownComparison(comparison: Comparison): string {
  const { word, symbol } = COMPARISON_LABELS[comparison.verdict];
  const sections = [
    `## ${symbol} ${word} ${escaped(sidesSentence(comparison))}`,
    listed('Why', obstacles(comparison)),
    listed('Worse', changeSentences(comparison, 'worse')),
    listed('Better', changeSentences(comparison, 'better')),
    listed('', [...methodSentences(comparison), ...remarks(comparison)]),
    folded('Response times', latencyTable(comparison)),
    folded('Counts', factTable(comparison)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function listed(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const more = lines.length - MOST_CHANGES;
  const shown = [...lines.slice(0, MOST_CHANGES), ...(more > 0 ? [`… and ${more} more`] : [])];
  return [...(title === '' ? [] : [`### ${title}`, '']), ...shown.map((line) => `- ${escaped(line)}`)].join(
    '\n',
  );
}

const folded = (title: string, body: string): string => (body === '' ? '' : details(title, body));

function latencyTable(comparison: Comparison): string {
  const [first] = comparison.latencies;
  if (first === undefined) return '';
  return table(
    ['transaction', 'phase', ...first.percentiles.map(({ percent }) => `p${percent}`), 'longest'],
    comparison.latencies.map((row) => [
      code(titleOf(comparison, row), 60),
      row.phase,
      ...row.percentiles.map((change) => escaped(`${endsText(change)} ${markOf(change)}`)),
      endsText(row.longest),
    ]),
    60,
  );
}

const factTable = ({ facts }: Comparison): string =>
  facts.length === 0
    ? ''
    : table(
        ['before and after', ''],
        facts.map((fact) => [escaped(factSentence(fact)), fact.verdict.replace('-', ' ')]),
        60,
      );
