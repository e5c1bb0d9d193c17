import type { Positions } from './axis.ts';
import { attributes, html, type Attributes, type Markup } from './markup.ts';
import { TONES } from './tone.ts';

/* What every drawing of a page has in common: its two sizes, its axis of x, and what the page's script needs to move it. */

export interface Size {
  /** Of the whole drawing, in pixels. */
  readonly width: number;
  readonly left: number;
  readonly right: number;
  /** Of a tick of the x axis. */
  readonly room: number;
}

/** The one for wide windows, paper and readers without styles; the other takes its place on a phone. */
export const SIZES = {
  wide: { width: 920, left: 64, right: 16, room: 90 },
  narrow: { width: 360, left: 54, right: 8, room: 64 },
} as const satisfies Readonly<Record<string, Size>>;

export type SizeName = keyof typeof SIZES;

export const FONT = 'system-ui, sans-serif';

/** A tenth of a pixel is below what can be seen. */
export const px = (value: number): number => Math.round(value * 10) / 10;

interface Surface {
  readonly x: Positions;
  readonly width: number;
}

export function xAxis({ x, width, height, label }: Surface & { height: number; label: string }): Markup {
  const ticks = x.ticks.map(
    (tick) =>
      html`<text
        class="label"
        x="${px(tick.at)}"
        y="${height + 17}"
        text-anchor="${anchorOf(tick.at, width)}"
        fill="${TONES.muted}"
        >${tick.label}</text
      >`,
  );
  const title =
    label === ''
      ? ''
      : html`<text class="label" x="${width}" y="-8" text-anchor="end" fill="${TONES.muted}">${label}</text>`;
  return html`<path
      class="axis"
      d="M0 ${height}H${width}"
      fill="none"
      stroke="${TONES.muted}"
      stroke-width="1"
    /><g class="x-axis">${ticks}</g>${title}`;
}

/** Labels at the ends stay inside. */
function anchorOf(at: number, width: number): string {
  if (at < 12) return 'start';
  return at > width - 12 ? 'end' : 'middle';
}

/** Where the plot begins, how wide it is, and which values are at its ends. */
export function zoomAttributes({
  group,
  left,
  width,
  x,
}: Surface & { group: string | undefined; left: number }): Attributes {
  return attributes({
    'data-group': group,
    'data-left': left,
    'data-plot': width,
    'data-from': x.domain[0],
    'data-to': x.domain[1],
  });
}
