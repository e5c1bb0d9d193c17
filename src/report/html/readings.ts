import type { ReportFile, TimelinePoint } from '../../result/index.ts';

import { dataBlock, type Markup } from './markup.ts';

interface Column {
  readonly name: string;
  readonly unit: 'count' | 'ms';
  readonly of: (point: TimelinePoint) => number;
}

const COLUMNS: readonly Column[] = [
  { name: 'due', unit: 'count', of: ({ due }) => due },
  { name: 'completed', unit: 'count', of: ({ completed }) => completed },
  { name: 'failed', unit: 'count', of: ({ failed }) => failed },
  { name: 'p50', unit: 'ms', of: ({ p50 }) => p50 },
  { name: 'p99', unit: 'ms', of: ({ p99 }) => p99 },
  { name: 'max', unit: 'ms', of: ({ max }) => max },
  { name: 'waiting for a lock', unit: 'count', of: ({ waitingSessions }) => waitingSessions },
  { name: 'connections', unit: 'count', of: ({ connectionsInUse }) => connectionsInUse },
  { name: 'queued', unit: 'count', of: ({ queued }) => queued },
];

/** What the page's script (`src/browser/`) shows of the interval under the pointer: a column of numbers for each reading, to a microsecond. */
export function readings(group: string, { timeline: { points, interval } }: ReportFile): Markup {
  return dataBlock(`readings-${group}`, {
    interval,
    at: points.map(({ at }) => at),
    labels: points.map(({ phase }) => phase),
    columns: COLUMNS.map(({ name, unit, of }) => ({
      name,
      unit,
      values: points.map((point) => Math.round(of(point) * 1_000) / 1_000),
    })),
  });
}
