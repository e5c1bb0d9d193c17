import type { FigureTrend, Trend, TrendRun, TrendSegment } from '../../comparison/index.ts';
import { formatCount, formatDuration, milliseconds } from '../../units.ts';

import { changeLines, conditions, span, steadiness } from '../trend-sentence.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';
import { chartFigure } from './chart.ts';
import type { Band, Chart, Series } from './chart-model.ts';
import { code, dataTable, part } from './data-table.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { pageText, type PageTools } from './page-frame.ts';
import { TONES, type Tone } from './tone.ts';

/* `trendPage`: the history of every scenario as a page of its own: what changed, charts of the figures, the runs. */

export function trendPage(trend: Trend, tools: PageTools): string {
  const { scenarios, skipped } = trend;
  const body = html`<h1>Trend</h1>
    ${scenarios.length === 0 ? html`<p>No reports were found.</p>` : overview(trend)}
    ${scenarios.map(
      ({ name, segments }, number) =>
        part(
          `scenario-${number}`,
          name,
          html`${segments.map((segment, index) => segmentMarkup(segment, `s${number}-${index}`))}`,
        ).markup,
    )}
    ${skippedMarkup(skipped)}`;
  return pageText({ title: 'Trend · pg-rehearse', body }, tools);
}

/** One row a scenario: how its latest run ended and what changed last. */
function overview({ scenarios }: Trend): Markup {
  const rows = scenarios.map(({ name, segments }, number) => {
    const latest = segments.toSorted((one, other) => (lastOf(one) < lastOf(other) ? 1 : -1))[0];
    const change = latest === undefined ? undefined : changeLines(latest).at(-1);
    return [
      html`<a href="#scenario-${number}">${name}</a>`,
      latest === undefined ? '' : verdictMarkup(latest.runs.at(-1)),
      latest === undefined ? '' : span(latest),
      change === undefined
        ? latest === undefined
          ? ''
          : steadiness(latest)
        : html`<span class="${change.direction === 'worse' ? 'red' : 'green'}">${change.text}</span>`,
    ];
  });
  return dataTable(
    [{ head: 'scenario' }, { head: 'latest verdict' }, { head: 'runs' }, { head: 'latest change' }],
    rows,
    { caption: 'Every scenario with its latest change', most: 500 },
  );
}

const lastOf = ({ runs }: TrendSegment): string => runs.at(-1)?.startedAt ?? '';

function verdictMarkup(run: TrendRun | undefined): Markup {
  if (run === undefined) return NOTHING;
  const { word, style } = VERDICT_LABELS[run.verdict];
  return html`<span class="${style === 'yellow' ? 'amber' : style}">${word}</span>`;
}

function segmentMarkup(segment: TrendSegment, id: string): Markup {
  const lines = changeLines(segment).toReversed();
  return html`<h3>${span(segment)}</h3>
    <p class="soft">${conditions(segment)}</p>
    ${
      lines.length === 0
        ? html`<p class="soft">${steadiness(segment)}</p>`
        : html`<ul>
            ${lines.map(
              ({ direction, text }) =>
                html`<li class="${direction === 'worse' ? 'red' : 'green'}">${text}</li> `,
            )}
          </ul>`
    }
    ${charts(segment, id).map(chartFigure)}
    <details>
      <summary>The runs</summary>
      ${runTable(segment)}
    </details>`;
}

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

/** A chart for each group, several where it has more figures than there are colours. */
function charts(segment: TrendSegment, id: string): readonly Chart[] {
  return GROUPS.flatMap((group, index) => {
    const figures = segment.figures.filter(
      (figure) => group.holds(figure.id) && figure.values.some((value) => typeof value === 'number'),
    );
    const parts = Array.from({ length: Math.ceil(figures.length / PALETTE.length) }, (_, part) =>
      figures.slice(part * PALETTE.length, (part + 1) * PALETTE.length),
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
      ? { kind: 'log', label: 'time', format: (value) => formatDuration(milliseconds(value)) }
      : {
          kind: 'linear',
          label: 'count',
          format: (value) => (Number.isInteger(value) ? formatCount(value) : ''),
          from: 0,
        },
    series: figures.map((figure, index) => series(segment, figure, PALETTE[index] ?? 'ink')),
    bands: bands(segment, figures),
    group: id.replace(/-\d+-\d+$/, ''),
  };
}

/** A figure of a chart is named by what tells it from the others. */
const nameOf = ({ id, title }: FigureTrend): string =>
  /\.p\d+$/.test(id) ? id.replace(/^\w+\./, '').replace(/\.p\d+$/, '') : title;

/** Times that are nothing have no place on a logarithmic axis; what has no end has no height. */
function series({ runs }: TrendSegment, figure: FigureTrend, tone: Tone): Series {
  const least = figure.unit === 'milliseconds' ? SHORTEST : 0;
  return {
    name: nameOf(figure),
    tone,
    shape: runs.length === 1 ? 'dots' : 'line',
    points: runs.map(({ startedAt }, index) => {
      const value = figure.values[index];
      return [Date.parse(startedAt), typeof value === 'number' ? Math.max(least, value) : undefined];
    }),
  };
}

const SHORTEST = 0.01;

/** A change lies somewhere between two runs. */
function bands({ runs, changes }: TrendSegment, figures: readonly FigureTrend[]): readonly Band[] {
  return changes
    .filter(({ figure }) => figures.some(({ id }) => id === figure))
    .map(({ run, at, direction, title }) => ({
      from: Date.parse(runs[run - 1]?.startedAt ?? at),
      to: Date.parse(at),
      tone: direction === 'worse' ? 'red' : 'teal',
      label: direction,
      title: `${title} got ${direction}`,
    }));
}

/** `11-23`, UTC. */
const dayAndMonth = (time: number): string => new Date(time).toISOString().slice(5, 10);

function runTable({ runs }: TrendSegment): Markup {
  const rows = runs
    .toReversed()
    .map((run) => [
      `${run.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
      verdictMarkup(run),
      run.findings.join(', '),
      code(run.report),
    ]);
  return dataTable(
    [{ head: 'started' }, { head: 'verdict' }, { head: 'findings' }, { head: 'report' }],
    rows,
    { caption: 'Runs, the latest first', most: 1_000 },
  );
}

function skippedMarkup(skipped: Trend['skipped']): Markup {
  if (skipped.length === 0) return NOTHING;
  const table = dataTable(
    [{ head: 'file' }, { head: 'why' }],
    skipped.map(({ file, why }) => [code(file), why]),
    { caption: 'Skipped' },
  );
  return part('skipped', 'Files that could not be read', table).markup;
}
