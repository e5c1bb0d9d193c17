import type { Axis } from './axis.ts';
import type { Point } from './decimate.ts';
import type { Tone } from './tone.ts';

/* `Chart`: what a chart shows, as plain data: axes, series, bands of x, limits of y. */

export interface Chart {
  /** Unique in its page: letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
  /** What there is to see, in words, for those who do not see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Spans of x that lie behind everything. */
  readonly bands?: readonly Band[];
  /** Values of y that matter. */
  readonly limits?: readonly Limit[];
  /** Of the plot, in pixels; 180. */
  readonly height?: number;
  readonly group?: string;
}

export interface Series {
  readonly name: string;
  readonly tone: Tone;
  /** steps: a value holds from its x to the next one. */
  readonly shape: 'line' | 'area' | 'steps' | 'step-area' | 'dots';
  /** In the order of x; without a value there is a gap. */
  readonly points: readonly Point[];
  readonly dashed?: boolean;
}

export interface Band {
  readonly from: number;
  readonly to: number;
  readonly tone: Tone;
  /** In the legend. */
  readonly name?: string;
  /** Written above the band where it fits. */
  readonly label?: string;
  /** Shown by itself as a tooltip. */
  readonly title?: string;
}

export interface Limit {
  readonly at: number;
  readonly label: string;
  readonly tone: Tone;
}
