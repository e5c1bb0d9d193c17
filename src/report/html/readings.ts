import type { ReportFile } from '../../result/index.ts';

import { dataBlock, type Markup } from './markup.ts';

/** What the page's script shows of the interval under the pointer: columns, as whole numbers or microsecond-true milliseconds. */
export function readings(group: string, { timeline }: ReportFile): Markup {
  const column = (name: string, unit: 'count' | 'ms', values: readonly number[]) => ({
    name,
    unit,
    values: values.map((value) => Math.round(value * 1_000) / 1_000),
  });
  const { points, interval } = timeline;
  return dataBlock(`readings-${group}`, {
    interval,
    at: points.map(({ at }) => at),
    labels: points.map(({ phase }) => phase),
    columns: [
      column(
        'due',
        'count',
        points.map(({ due }) => due),
      ),
      column(
        'completed',
        'count',
        points.map(({ completed }) => completed),
      ),
      column(
        'failed',
        'count',
        points.map(({ failed }) => failed),
      ),
      column(
        'p50',
        'ms',
        points.map(({ p50 }) => p50),
      ),
      column(
        'p99',
        'ms',
        points.map(({ p99 }) => p99),
      ),
      column(
        'max',
        'ms',
        points.map(({ max }) => max),
      ),
      column(
        'waiting for a lock',
        'count',
        points.map(({ waitingSessions }) => waitingSessions),
      ),
      column(
        'connections',
        'count',
        points.map(({ connectionsInUse }) => connectionsInUse),
      ),
      column(
        'queued',
        'count',
        points.map(({ queued }) => queued),
      ),
    ],
  });
}
