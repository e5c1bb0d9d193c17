import type { Chart } from './chart-model.ts';
import { AREA_OPACITY, BAND_OPACITY, drawing } from './drawing.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { TONES, type Tone } from './tone.ts';

/*
 * `chartFigure`: a static chart of lines, areas and steps as a figure with its caption and legend: SVG with presentation attributes, so that it stands
 * where styles and scripts are forbidden. `Chart` (`chart-model.ts`) says what it shows. Pure: same chart, same text.
 * Charts of a page that share `group` are zoomed and read together where scripts may run (`browser/`).
 */

export function chartFigure(chart: Chart): Markup {
  return html`<figure class="chart" id="${chart.id}">
    <figcaption>${chart.title}${legend(chart)}</figcaption>
    <div class="wide">${drawing(chart, 'wide')}</div>
    <div class="narrow" hidden>${drawing(chart, 'narrow')}</div>
  </figure>`;
}

function legend({ series, bands = [] }: Chart): Markup {
  return html`<ul class="legend">
    ${series.map(
      ({ name, tone, shape, dashed }) =>
        html`<li>${shape.endsWith('area') ? swatch(tone, AREA_OPACITY) : stroke(tone, dashed)} ${name}</li>`,
    )}${bands.map(({ name, tone }) =>
      name === undefined ? NOTHING : html`<li>${swatch(tone, BAND_OPACITY)} ${name}</li>`,
    )}
  </ul>`;
}

const stroke = (tone: Tone, dashed: boolean | undefined): Markup =>
  key(
    html`<path
      class="stroke ${tone}"
      d="M0 5H18"
      stroke="${TONES[tone]}"
      stroke-width="2"
      stroke-dasharray="${dashed === true ? '4 3' : 'none'}"
    />`,
  );

const swatch = (tone: Tone, opacity: number): Markup =>
  key(
    html`<rect
      class="fill ${tone}"
      width="18"
      height="10"
      fill="${TONES[tone]}"
      fill-opacity="${opacity}"
    />`,
  );

const key = (shape: Markup): Markup =>
  html`<svg width="18" height="10" viewBox="0 0 18 10" aria-hidden="true">${shape}</svg>`;
