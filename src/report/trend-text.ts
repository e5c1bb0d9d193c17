import type { FigureTrend, FigureValue, Trend, TrendSegment } from '../comparison/index.ts';

import { columns } from './columns.ts';
import { oneLine, shorten } from './one-line.ts';
import { painter, type Paint } from './style.ts';
import { changeLines, conditions, span, steadiness, valueText } from './trend-sentence.ts';
import { VERDICT_LABELS } from './verdict-label.ts';

interface TrendTextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The history of every scenario for the terminal; ends with a line break. */
export function trendText({ scenarios }: Trend, { color, width }: TrendTextOptions): string {
  const page: Page = { paint: painter(color), width: Math.max(80, width) };
  const blocks = scenarios.flatMap(({ name, segments }) =>
    segments.map((segment) => segmentText(page, name, segment)),
  );
  return blocks.length === 0 ? 'no reports were found\n' : `${blocks.join('\n\n')}\n`;
}

interface Page {
  readonly paint: Paint;
  readonly width: number;
}

function segmentText(page: Page, name: string, segment: TrendSegment): string {
  const { paint } = page;
  const head = `${paint('bold', oneLine(name))}  ${span(segment)}, ${conditions(segment)}`;
  return [head, ...changeRows(page, segment), '', ...figureRows(page, segment)].join('\n');
}

/** Older ones stand on the page. */
const MOST_CHANGES = 12;

function changeRows({ paint, width }: Page, segment: TrendSegment): readonly string[] {
  const lines = changeLines(segment);
  if (lines.length === 0) return [`  ${paint('dim', steadiness(segment))}`];
  const left = lines.length - MOST_CHANGES;
  return [
    ...(left > 0 ? [`  … and ${left} before`] : []),
    ...lines.slice(-MOST_CHANGES).map(({ direction, text }) => {
      const mark = paint(STYLES[direction], direction.padEnd(6));
      return `  ${mark}  ${shorten(text, width - 10)}`;
    }),
  ];
}

const STYLES = { worse: 'red', better: 'green', edited: 'dim', other: 'dim' } as const;

function figureRows(page: Page, segment: TrendSegment): readonly string[] {
  const rows = segment.figures
    .filter(hasValues)
    .map((figure) => [...figureCells(figure), sparkline(figure.values)]);
  const verdict = segment.runs.at(-1)?.verdict;
  const [head = '', ...lines] = columns([
    ['', 'latest', 'lowest', 'median', 'highest', ''],
    ['verdict', verdict === undefined ? '' : VERDICT_LABELS[verdict].word, '', '', '', verdictLine(segment)],
    ...rows,
  ]);
  return [page.paint('dim', `  ${head}`), ...lines.map((line) => `  ${line}`)];
}

/** Something else than nothing. */
export const hasValues = ({ values }: FigureTrend): boolean =>
  values.some((value) => value !== null && value !== 0);

/** Its name; the latest, lowest, median and highest value. */
export function figureCells({ title, unit, values }: FigureTrend): readonly string[] {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => size(one) - size(other));
  const at = (share: number): string =>
    valueText(sorted[Math.floor(share * (sorted.length - 1))] ?? null, unit);
  return [title, valueText(values.at(-1) ?? null, unit), at(0), at(0.5), at(1)];
}

const size = (value: FigureValue): number => (value === 'no end' ? Infinity : (value ?? 0));

/** As many of the latest runs as a line of the terminal shows. */
const SHOWN = 30;
const BARS = '▁▂▃▄▅▆▇█';

/** From the lowest of them to the highest; a blank where nothing was measured. */
function sparkline(values: readonly FigureValue[]): string {
  const shown = values.slice(-SHOWN);
  const finite = shown.filter((value) => typeof value === 'number');
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return shown
    .map((value) => {
      if (value === null) return ' ';
      if (value === 'no end') return '×';
      const share = high === low ? 0 : (value - low) / (high - low);
      return BARS.charAt(Math.round(share * (BARS.length - 1)));
    })
    .join('');
}

/** A letter for each: `P` pass, `F` fail, `I` invalid, interrupted … */
const verdictLine = ({ runs }: TrendSegment): string =>
  runs
    .slice(-SHOWN)
    .map(({ verdict }) => VERDICT_LABELS[verdict].word.charAt(0))
    .join('');
