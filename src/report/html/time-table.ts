import type { ReportFile, TimelinePoint } from '../../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../../units.ts';

import { dataTable } from './data-table.ts';
import type { Markup } from './markup.ts';

/** As many lines as one reads. */
const MOST_LINES = 120;

/** The charts in numbers; of long runs several intervals a line: counts added up, the highest of everything else. */
export function timeTable({ timeline }: ReportFile): Markup {
  const size = Math.ceil(timeline.points.length / MOST_LINES);
  const lines = groups(timeline.points, size).map((points) => line(points));
  const head = ['p99', 'max', 'waiting', 'in use', 'queued'];
  return dataTable(
    [
      { head: 'from', numeric: true },
      { head: 'phase' },
      ...['due', 'completed', 'failed', ...head].map((name) => ({ head: name, numeric: true })),
    ],
    lines,
    {
      caption: `Each line is ${formatDuration(milliseconds(timeline.interval * size))}${size > 1 ? ' at most; of percentiles the highest of its intervals' : ''}.`,
      most: 2 * MOST_LINES,
    },
  );
}

/** Of one phase each. */
function groups(points: readonly TimelinePoint[], size: number): readonly (readonly TimelinePoint[])[] {
  const all: TimelinePoint[][] = [];
  for (const point of points) {
    const open = all.at(-1);
    if (open !== undefined && open.length < size && open[0]?.phase === point.phase) open.push(point);
    else all.push([point]);
  }
  return all;
}

function line(points: readonly TimelinePoint[]): readonly string[] {
  const [first] = points;
  const sum = (of: (point: TimelinePoint) => number): string =>
    formatCount(points.reduce((total, point) => total + of(point), 0));
  const most = (of: (point: TimelinePoint) => number): number => Math.max(...points.map(of));
  const completed = points.some((point) => point.completed > 0);
  return [
    formatDuration(first?.at ?? milliseconds(0)),
    first?.phase ?? '',
    sum(({ due }) => due),
    sum((point) => point.completed),
    sum(({ failed }) => failed),
    completed ? formatDuration(milliseconds(most(({ p99 }) => p99))) : '–',
    completed ? formatDuration(milliseconds(most(({ max }) => max))) : '–',
    formatCount(most(({ waitingSessions }) => waitingSessions)),
    formatCount(most(({ connectionsInUse }) => connectionsInUse)),
    formatCount(most(({ queued }) => queued)),
  ];
}
