import type { Trend, TrendRun, TrendSegment } from '../../comparison/index.ts';

import { changeLines, conditions, span, steadiness, type ChangeLine } from '../trend-sentence.ts';
import { figureCells, hasValues } from '../trend-text.ts';
import { VERDICT_LABELS } from '../verdict-label.ts';
import { chartFigure } from './chart.ts';
import type { Chart } from './chart-model.ts';
import { code, dataTable, part } from './data-table.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { pageText, type PageTools } from './page-frame.ts';
import { trendCharts } from './trend-charts.ts';

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
        : html`<span class="${COLOURS[change.direction]}">${change.text}</span>`,
    ];
  });
  return dataTable(
    [{ head: 'scenario' }, { head: 'latest verdict' }, { head: 'runs' }, { head: 'latest change' }],
    rows,
    { caption: 'Every scenario with its latest change', most: 500 },
  );
}

const COLOURS: Readonly<Record<ChangeLine['direction'], string>> = {
  worse: 'red',
  better: 'green',
  edited: 'muted',
  other: 'muted',
};

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
            ${lines.map(({ direction, text }) => html`<li class="${COLOURS[direction]}">${text}</li> `)}
          </ul>`
    }
    ${chartsMarkup(segment, id)}
    <details>
      <summary>The figures</summary>
      ${figureTable(segment)}
    </details>
    <details>
      <summary>The runs</summary>
      ${runTable(segment)}
    </details>`;
}

/** The migration, and whatever changed; the others are folded. One run makes no line. */
function chartsMarkup(segment: TrendSegment, id: string): Markup {
  if (segment.runs.length < 2) return html`<p class="soft">The charts begin with the second run.</p>`;
  const [first, ...others] = trendCharts(segment, id);
  const isChanged = ({ bands = [] }: Chart): boolean => bands.some(({ label }) => label !== undefined);
  const [shown, folded] = [others.filter(isChanged), others.filter((chart) => !isChanged(chart))];
  return html`${first === undefined ? NOTHING : chartFigure(first)}${shown.map(chartFigure)}
  ${
    folded.length === 0
      ? NOTHING
      : html`<details>
          <summary>${folded.length === 1 ? 'A chart' : `${folded.length} charts`} without a change</summary>
          ${folded.map(chartFigure)}
        </details>`
  }`;
}

const figureTable = ({ figures }: TrendSegment): Markup =>
  dataTable(
    [
      { head: 'figure' },
      ...['latest', 'lowest', 'median', 'highest'].map((head) => ({ head, numeric: true })),
    ],
    figures.filter(hasValues).map(figureCells),
    { caption: 'Over all runs', most: 500 },
  );

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
