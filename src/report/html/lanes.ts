import { positionsOn, type Axis, type Positions } from './axis.ts';
import { FONT, px, SIZES, xAxis, zoomAttributes, type SizeName } from './canvas.ts';
import { html, type Markup } from './markup.ts';
import { shorten } from '../one-line.ts';
import { TONES, type Tone } from './tone.ts';

/* `lanesFigure`: who did what when: a lane for each, with bars over the same x axis as the charts of its group. */

export interface Lanes {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly lanes: readonly Lane[];
  readonly group?: string;
}

export interface Lane {
  readonly name: string;
  /** In the order in which they are drawn. */
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly tone: Tone;
  /** Shown as a tooltip. */
  readonly title: string;
  /** Inside the bar, where it fits. */
  readonly label?: string;
}

/** Name above, bar below. */
const LANE = 34;
const BAR = 13;
const BOTTOM = 24;
/** About so many pixels is a letter of 12 wide. */
const LETTER = 6.3;

export function lanesFigure(lanes: Lanes): Markup {
  return html`<figure class="chart" id="${lanes.id}">
    <figcaption>${lanes.title}</figcaption>
    <div class="wide">${drawing(lanes, 'wide')}</div>
    <div class="narrow" hidden>${drawing(lanes, 'narrow')}</div>
  </figure>`;
}

function drawing({ id, title, description, x, lanes, group }: Lanes, name: SizeName): Markup {
  const { width, left, right, room } = SIZES[name];
  const [inner, height] = [width - left - right, lanes.length * LANE + 4];
  const positions = positionsOn(
    x,
    lanes.flatMap(({ bars }) => bars.flatMap(({ from, to }) => [from, to])),
    inner,
    room,
  );
  const key = `${id}-${name}`;
  const letters = Math.floor(inner / (LETTER + 0.6));
  return html`<svg
    class="drawing"
    role="img"
    aria-labelledby="${key}-title"
    aria-describedby="${key}-desc"
    width="${width}"
    height="${height + BOTTOM}"
    viewBox="0 0 ${width} ${height + BOTTOM}"
    font-family="${FONT}"
    font-size="12"
    ${zoomAttributes({ group, left, width: inner, x: positions })}
  >
    <title id="${key}-title">${title}</title>
    <desc id="${key}-desc">${description}</desc>
    <g transform="translate(${left} 0)">
      ${lanes.map((lane, index) => html`<text class="label" x="0" y="${index * LANE + 14}" fill="${TONES.muted}">${shorten(lane.name, letters)}</text>`)}
      <svg
        class="plot"
        width="${inner}"
        height="${height}"
        viewBox="0 0 ${inner} ${height}"
        preserveAspectRatio="none"
        overflow="hidden"
      >
        <g class="moving">${lanes.map((lane, index) => bars(lane, positions, index * LANE + 18))}</g>
      </svg>
      ${lanes.map((lane, index) => labels(lane, positions, index * LANE + 28.5))}${xAxis({ x: positions, width: inner, height, label: '' })}
    </g>
  </svg>`;
}

/** Bars that would hide in the pixel of the one before, of the same tone, are left out: thousands may follow each other. */
function bars({ bars: all }: Lane, x: Positions, y: number): readonly Markup[] {
  let covered = { tone: '', to: -1 };
  return all.flatMap(({ from, to, tone, title }) => {
    const [start, end] = [x.at(from), x.at(to)];
    if (tone === covered.tone && end < covered.to + 0.5) return [];
    covered = { tone, to: Math.max(end, start + 1.5) };
    return [
      html`<rect
        class="fill ${tone}"
        x="${px(start)}"
        y="${y}"
        width="${px(Math.max(1.5, end - start))}"
        height="${BAR}"
        fill="${TONES[tone]}"
        ><title>${title}</title></rect
      >`,
    ];
  });
}

function labels({ bars: all }: Lane, x: Positions, y: number): readonly Markup[] {
  return all.flatMap(({ from, to, label }) => {
    const [start, end] = [x.at(from), x.at(to)];
    if (label === undefined || end - start < label.length * LETTER + 8) return [];
    return [
      html`<text
        class="in-bar"
        data-at="${(Math.max(from, x.domain[0]) + Math.min(to, x.domain[1])) / 2}"
        x="${px((start + end) / 2)}"
        y="${y}"
        text-anchor="middle"
        fill="#ffffff"
        >${label}</text
      >`,
    ];
  });
}
