import type { FigureTrend, TrendSegment } from '../../comparison/index.ts';
import { formatCount, formatDuration, milliseconds } from '../../units.ts';
import { editText } from '../trend-sentence.ts';

import type { Band, Chart, Series } from './chart-model.ts';
import { TONES, type Tone } from './tone.ts';

/* `trendCharts`: the figures of a history over time, with a band where one changed. */

interface Group {
  readonly title: string;
  readonly unit: FigureTrend['unit'];
  readonly holds: (id: string) => boolean;
}

/** Latencies differ by powers of ten from figure to figure; counts are mostly 0. */
const GROUPS: readonly Group[] = [
  {
    title: 'The migration and its locks',
    unit: 'milliseconds',
    holds: (id) => /^(?:migration\.duration|longest_\w+)$/.test(id),
  },
  {
    title: 'p99 response time in the migration phase',
    unit: 'milliseconds',
    holds: (id) => /^migration\..*\.p99$/s.test(id),
  },
  {
    title: 'p50 response time in the migration phase',
    unit: 'milliseconds',
    holds: (id) => /^migration\..*\.p50$/s.test(id),
  },
  {
    title: 'p99 response time in the baseline',
    unit: 'milliseconds',
    holds: (id) => /^baseline\..*\.p99$/s.test(id),
  },
  {
    title: 'p50 response time in the baseline',
    unit: 'milliseconds',
    holds: (id) => /^baseline\..*\.p50$/s.test(id),
  },
  {
    title: 'Errors and findings',
    unit: 'count',
    holds: (id) => ['failed', 'never_started', 'findings'].includes(id),
  },
];

const PALETTE = Object.keys(TONES).filter((tone) => tone !== 'muted') as readonly Tone[]; // the keys of a literal table

/** Each colour twice, the second time dashed. */
const MOST_LINES = 2 * PALETTE.length;

/** A chart for each group, several where it has more figures than can be told apart. */
export function trendCharts(segment: TrendSegment, id: string): readonly Chart[] {
  return GROUPS.flatMap((group, index) => {
    const figures = segment.figures.filter(
      (figure) => group.holds(figure.id) && figure.values.some((value) => typeof value === 'number'),
    );
    const parts = Array.from({ length: Math.ceil(figures.length / MOST_LINES) }, (_, part) =>
      figures.slice(part * MOST_LINES, (part + 1) * MOST_LINES),
    );
    return parts.map((part, number) => chartOf(segment, group, part, `${id}-${index}-${number}`));
  });
}

function chartOf(segment: TrendSegment, group: Group, figures: readonly FigureTrend[], id: string): Chart {
  const isTime = group.unit === 'milliseconds';
  return {
    id,
    title: group.title,
    description: `${group.title} of ${segment.runs.length} runs: ${figures.map(nameOf).join(', ')}`,
    x: { kind: 'date', label: '', format: dayAndMonth, exact: true },
    y: isTime
      ? { kind: 'log', label: 'log scale', format: (value) => formatDuration(milliseconds(value)) }
      : {
          kind: 'linear',
          label: 'count',
          format: (value) => (Number.isInteger(value) ? formatCount(value) : ''),
          from: 0,
        },
    series: figures.map((figure, index) => series(segment, figure, index)),
    bands: bands(segment, figures),
    group: id.replace(/-\d+-\d+$/, ''),
  };
}

/** A figure of a chart is named by what tells it from the others. */
const nameOf = ({ id, title }: FigureTrend): string =>
  /\.p\d+$/.test(id) ? id.replace(/^\w+\./, '').replace(/\.p\d+$/, '') : title;

/** Times that are nothing have no place on a logarithmic axis; what has no end has no height. */
function series({ runs }: TrendSegment, figure: FigureTrend, index: number): Series {
  const least = figure.unit === 'milliseconds' ? SHORTEST : 0;
  return {
    name: nameOf(figure),
    tone: PALETTE[index % PALETTE.length] ?? 'ink',
    dashed: index >= PALETTE.length,
    shape: 'line',
    points: runs.map(({ startedAt }, index) => {
      const value = figure.values[index];
      return [Date.parse(startedAt), typeof value === 'number' ? Math.max(least, value) : undefined];
    }),
  };
}

const SHORTEST = 0.1;

const DIRECTIONS = ['worse', 'better'] as const;

/** A change lies somewhere between two runs; those of the same moment in one band. */
function bands({ runs, changes }: TrendSegment, figures: readonly FigureTrend[]): readonly Band[] {
  const shown = changes.filter(({ figure }) => figures.some(({ id }) => id === figure));
  return runs.flatMap(({ startedAt, edited }, index): readonly Band[] => {
    const span = { from: Date.parse(runs[index - 1]?.startedAt ?? startedAt), to: Date.parse(startedAt) };
    const changed = DIRECTIONS.flatMap((direction): readonly Band[] => {
      const titles = shown
        .filter((change) => change.run === index && change.direction === direction)
        .map(({ title }) => title);
      const tone = direction === 'worse' ? 'red' : 'teal';
      return titles.length === 0
        ? []
        : [{ ...span, tone, label: direction, title: `got ${direction}: ${titles.join(', ')}` }];
    });
    return edited === undefined ? changed : [{ ...span, tone: 'muted', title: editText(edited) }, ...changed];
  });
}

/** `11-23`, UTC. */
const dayAndMonth = (time: number): string => new Date(time).toISOString().slice(5, 10);
