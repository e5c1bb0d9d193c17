import type { Comparison, PercentileChange } from '../comparison/index.ts';

import { columns } from './columns.ts';
import {
  changeSentences,
  COMPARISON_LABELS,
  endsText,
  markOf,
  methodSentences,
  obstacles,
  remarks,
  sidesSentence,
  titleOf,
} from './comparison-words.ts';
import { oneLine, shorten, wrap } from './one-line.ts';
import { painter, type Paint, type Style } from './style.ts';

interface ComparisonTextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Where the comparison was written. */
  readonly files: readonly string[];
}

const INDENT = ' '.repeat(10);
const MOST_CHANGES = 20;
/** p90 and p99.9 stand in the files. */
const SHOWN: readonly number[] = [50, 95, 99];

/** What changed, worst first, and the table of all response times; ends with a line break. */
export function terminalComparison(comparison: Comparison, options: ComparisonTextOptions): string {
  const paint = painter(options.color);
  const width = Math.max(60, options.width) - INDENT.length;
  const section = (label: string, style: Style, lines: readonly string[]): readonly string[] => {
    const wrapped = lines.flatMap((line) => wrap(oneLine(line), width).map((one) => `${INDENT}${one}`));
    const [first, ...rest] = wrapped;
    return first === undefined ? [] : [`  ${paint(style, label.padEnd(8))}${first.trimStart()}`, ...rest];
  };
  const blocks = [
    [
      headline(comparison, paint),
      ...section('why', 'yellow', obstacles(comparison)),
      ...section('note', 'dim', remarks(comparison)),
    ],
    [
      ...section('worse', 'red', limited(changeSentences(comparison, 'worse'))),
      ...section('better', 'green', limited(changeSentences(comparison, 'better'))),
    ],
    [...tableLines(comparison, paint), ...section('', 'dim', methodSentences(comparison))],
    section('files', 'dim', options.files),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(comparison: Comparison, paint: Paint): string {
  const { word, style } = COMPARISON_LABELS[comparison.verdict];
  return `${paint(style, paint('bold', word))}  ${oneLine(sidesSentence(comparison))}`;
}

function limited(lines: readonly string[]): readonly string[] {
  const more = lines.length - MOST_CHANGES;
  return more <= 0 ? lines : [...lines.slice(0, MOST_CHANGES), `… and ${more} more`];
}

function tableLines(comparison: Comparison, paint: Paint): readonly string[] {
  if (comparison.latencies.length === 0) return [];
  const [head = '', ...lines] = columns([
    ['transaction', 'phase', ...SHOWN.flatMap((percent) => [`p${percent}`, '']), 'longest'],
    ...comparison.latencies.map((row) => [
      shorten(titleOf(comparison, row), 40),
      row.phase,
      ...row.percentiles.filter(({ percent }) => SHOWN.includes(percent)).flatMap(cells),
      endsText(row.longest),
    ]),
  ]);
  return [`  ${paint('dim', head)}`, ...lines.map((line) => `  ${line}`)];
}

const cells = (change: PercentileChange): readonly string[] => [endsText(change), markOf(change)];
