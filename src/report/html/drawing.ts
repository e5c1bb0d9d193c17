import { area, curveLinear, curveStepAfter, line } from 'd3-shape';

import { positionsOn, type Positions } from './axis.ts';
import type { Chart, Series } from './chart-model.ts';
import { FONT, px, SIZES, xAxis, zoomAttributes, type SizeName } from './canvas.ts';
import { decimate, type Point } from './decimate.ts';
import { html, type Content, type Markup } from './markup.ts';
import { TONES, type Tone } from './tone.ts';

/* `drawing`: the SVG of one chart at one size. */

interface Plot {
  readonly chart: Chart;
  readonly width: number;
  readonly height: number;
  readonly x: Positions;
  readonly y: Positions;
}

export const AREA_OPACITY = 0.35;
export const BAND_OPACITY = 0.16;

const TOP = 20;
const BOTTOM = 24;

export function drawing(chart: Chart, name: SizeName): Markup {
  const { width, left, right, room } = SIZES[name];
  const { id, title, description, height = 180 } = chart;
  const inner = width - left - right;
  const plot: Plot = { chart, width: inner, height, ...scales(chart, inner, height, room) };
  const key = `${id}-${name}`;
  return html`<svg
    class="drawing"
    role="img"
    aria-labelledby="${key}-title"
    aria-describedby="${key}-desc"
    width="${width}"
    height="${TOP + height + BOTTOM}"
    viewBox="0 0 ${width} ${TOP + height + BOTTOM}"
    font-family="${FONT}"
    font-size="12"
    ${zoomAttributes({ ...plot, group: chart.group, left })}
  >
    <title id="${key}-title">${title}</title>
    <desc id="${key}-desc">${description}</desc>
    <g transform="translate(${left} ${TOP})">
      ${yAxis(plot)}${xAxis({ ...plot, label: chart.x.label })}
      <svg
        class="plot"
        width="${inner}"
        height="${height}"
        viewBox="0 0 ${inner} ${height}"
        preserveAspectRatio="none"
        overflow="hidden"
      >
        <g class="moving">${bands(plot)}${chart.series.map((series) => seriesMarkup(plot, series))}</g>
      </svg>
      ${limits(plot)}${bandLabels(plot)}
    </g>
  </svg>`;
}

function scales(
  { x, y, series, bands = [], limits = [] }: Chart,
  width: number,
  height: number,
  room: number,
): Pick<Plot, 'x' | 'y'> {
  const points = series.flatMap((one) => one.points);
  return {
    x: positionsOn(
      x,
      [...points.map(([at]) => at), ...bands.flatMap(({ from, to }) => [from, to])],
      width,
      room,
    ),
    y: positionsOn(
      y,
      [...points.flatMap(([, value]) => value ?? []), ...limits.map(({ at }) => at)],
      -height,
      36,
    ),
  };
}

function yAxis({ chart, width, y }: Plot): Markup {
  const ticks = y.ticks.map(
    ({ at, label }) =>
      html`<path class="grid" d="M0 ${px(at)}H${width}" stroke="#d5dae0" stroke-width="1" /><text
          class="label"
          x="-8"
          y="${px(at + 4)}"
          text-anchor="end"
          fill="${TONES.muted}"
          >${label}</text
        >`,
  );
  const title =
    chart.y.label === ''
      ? ''
      : html`<text class="label" x="0" y="-8" fill="${TONES.muted}">${chart.y.label}</text>`;
  return html`<g class="y-axis">${ticks}${title}</g>`;
}

function bands({ chart, height, x }: Plot): readonly Markup[] {
  return (chart.bands ?? []).map(
    ({ from, to, tone, title }) =>
      html`<rect
        class="fill ${tone}"
        x="${px(x.at(from))}"
        y="0"
        width="${px(Math.max(1.5, x.at(to) - x.at(from)))}"
        height="${height}"
        fill="${TONES[tone]}"
        fill-opacity="${BAND_OPACITY}"
        >${title === undefined ? '' : html`<title>${title}</title>`}</rect
      >`,
  );
}

/** About so many pixels are a letter of 12 wide. */
const LETTER = 6.5;

function bandLabels({ chart, x, width }: Plot): readonly Markup[] {
  let free = chart.y.label.length * LETTER;
  return (chart.bands ?? []).flatMap(({ from, to, label, tone }) => {
    if (label === undefined) return [];
    const middle = (x.at(from) + x.at(to)) / 2;
    const half = (label.length * LETTER) / 2;
    const at = Math.min(Math.max(middle, half), width - half);
    if (at - half < free) return [];
    free = at + half + 8;
    return [
      html`<text
        class="text ${tone}"
        data-at="${(from + to) / 2}"
        x="${px(at)}"
        y="-7"
        text-anchor="middle"
        fill="${TONES[tone]}"
        >${label}</text
      >`,
    ];
  });
}

function limits({ chart, width, y }: Plot): readonly Markup[] {
  return (chart.limits ?? []).map(
    ({ at, label, tone }) =>
      html`<path
          class="stroke ${tone}"
          d="M0 ${px(y.at(at))}H${width}"
          stroke="${TONES[tone]}"
          stroke-width="1"
          stroke-dasharray="2 3"
        /><text
          class="text ${tone}"
          x="${width - 4}"
          y="${px(y.at(at) - 4)}"
          text-anchor="end"
          fill="${TONES[tone]}"
          >${label}</text
        >`,
  );
}

function seriesMarkup(plot: Plot, series: Series): Content {
  const points = decimate(series.points, plot.width);
  switch (series.shape) {
    case 'area':
    case 'step-area':
      return areaPath(plot, series, points);
    case 'line':
    case 'steps':
      return linePath(plot, series, points);
    case 'dots':
      return dotsOf(plot, series.tone, points);
  }
}

const isThere = ([, y]: Point): boolean => y !== undefined && Number.isFinite(y);
const curveOf = ({ shape }: Series) => (shape.startsWith('step') ? curveStepAfter : curveLinear);

function linePath({ x, y }: Plot, series: Series, points: readonly Point[]): Markup {
  const path = line<Point>()
    .defined(isThere)
    .x(([at]) => x.at(at))
    .y(([, value = 0]) => y.at(value))
    .curve(curveOf(series))
    .digits(1)([...points]);
  return html`<path
    class="stroke ${series.tone}"
    d="${path ?? ''}"
    fill="none"
    stroke="${TONES[series.tone]}"
    stroke-width="1.75"
    stroke-linejoin="round"
    vector-effect="non-scaling-stroke"
    stroke-dasharray="${series.dashed === true ? '5 3' : 'none'}"
  />`;
}

function areaPath({ x, y, height }: Plot, series: Series, points: readonly Point[]): Markup {
  const path = area<Point>()
    .defined(isThere)
    .x(([at]) => x.at(at))
    .y0(height)
    .y1(([, value = 0]) => y.at(value))
    .curve(curveOf(series))
    .digits(1)([...points]);
  return html`<path
    class="fill ${series.tone}"
    d="${path ?? ''}"
    fill="${TONES[series.tone]}"
    fill-opacity="${AREA_OPACITY}"
  />`;
}

function dotsOf({ x, y }: Plot, tone: Tone, points: readonly Point[]): readonly Markup[] {
  return points.flatMap(([at, value]) =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [
          html`<circle
            class="fill ${tone}"
            cx="${px(x.at(at))}"
            cy="${px(y.at(value))}"
            r="3.5"
            fill="${TONES[tone]}"
          />`,
        ],
  );
}
