import type { Chart, Series } from './chart-model.ts';
import { drawing } from './drawing.ts';
import { html, type Markup } from './markup.ts';
import { TONES } from './tone.ts';

/*
 * `chartFigure`: a static chart of lines, areas and steps as a figure with its caption and legend: SVG with presentation attributes, so that it stands
 * where styles and scripts are forbidden. `Chart` (`chart-model.ts`) says what it shows. Pure: same chart, same text.
 * Charts of a page that share `group` are zoomed and read together where scripts may run (`browser/`).
 */

export function chartFigure(chart: Chart): Markup {
  return html`<figure class="chart" id="${chart.id}">
    <figcaption>${chart.title}${legend(chart.series)}</figcaption>
    <div class="wide">${drawing(chart, 'wide')}</div>
    <div class="narrow" hidden>${drawing(chart, 'narrow')}</div>
  </figure>`;
}

function legend(series: readonly Series[]): Markup {
  const keys = series.map(
    ({ name, tone, shape, dashed }) =>
      html`<li>
        <svg width="18" height="10" viewBox="0 0 18 10" aria-hidden="true">
          <path
            class="stroke ${tone}"
            d="M0 5H18"
            fill="none"
            stroke="${TONES[tone]}"
            stroke-width="${shape.endsWith('area') ? 8 : 2}"
            stroke-dasharray="${dashed === true ? '4 3' : 'none'}"
            stroke-opacity="${shape.endsWith('area') ? 0.35 : 1}"
          />
        </svg>
        ${name}
      </li>`,
  );
  return html`<ul class="legend">
    ${keys}
  </ul>`;
}
