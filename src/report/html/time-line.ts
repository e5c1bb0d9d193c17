import type { Judgement, ReportFile, TimelinePoint } from '../../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../../units.ts';

import type { Axis } from './axis.ts';
import type { Band, Chart, Series } from './chart-model.ts';
import { chartFigure } from './chart.ts';
import type { Point } from './decimate.ts';
import { lanesFigure } from './lanes.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { readings } from './readings.ts';
import { lanesOf } from './run-lanes.ts';
import { longestStall, runEnd, stallSentence } from './run-story.ts';
import { timeTable } from './time-table.ts';

const GROUP = 'run';

/** Steps and statements over throughput, latency and waiting sessions: the stall and its cause as one picture. */
export function timeLine(report: ReportFile, judgement: Judgement): Markup {
  if (report.timeline.points.length === 0) return NOTHING;
  const charts = [arrivals(report), latency(report), sessions(report), ...queue(report)];
  return html`<div class="time-line" data-readings="${GROUP}">
      ${lanesFigure({
        id: 'lanes',
        title: 'What ran when',
        description: stallSentence(report),
        x: xAxis(report),
        group: GROUP,
        lanes: lanesOf(report, judgement),
      })}
      ${charts.map(chartFigure)}${readings(GROUP, report)}
    </div>
    <details>
      <summary>The time line as a table</summary>
      ${timeTable(report)}
    </details>`;
}

const xAxis = (report: ReportFile): Axis => ({
  kind: 'elapsed',
  label: '',
  format: (value) => (value === 0 ? '0' : formatDuration(milliseconds(value))),
  from: 0,
  to: runEnd(report),
  exact: true,
});

/** The steps of the migration in blue; the longest time without any completion in red. */
function bandsOf(report: ReportFile, labelled: boolean): readonly Band[] {
  const stall = longestStall(report);
  const { migration } = report;
  return [
    ...(migration === undefined
      ? []
      : [
          {
            from: migration.startedAt,
            to: migration.startedAt + migration.duration,
            tone: 'blue' as const,
            title: `the migration, ${formatDuration(migration.duration)}`,
            ...(labelled ? { name: 'the migration' } : {}),
          },
        ]),
    ...(stall === undefined
      ? []
      : [
          {
            from: stall.at,
            to: stall.at + stall.duration,
            tone: 'red' as const,
            title: `nothing completed for ${formatDuration(stall.duration)}`,
            ...(labelled
              ? { name: 'a stall', label: `nothing completed for ${formatDuration(stall.duration)}` }
              : {}),
          },
        ]),
  ];
}

type Read = (point: TimelinePoint) => number | undefined;

/**
 * A value holds to the end of its interval. Of the last one there may be little before the run's end: too little says nothing, and the value before it
 * holds on. What only ended after the last phase stands in the table alone.
 */
function pointsOf(report: ReportFile, read: Read): readonly Point[] {
  const end = runEnd(report);
  const { points, interval } = report.timeline;
  const shown = points.filter(({ at }, index) => index === 0 || end - at >= interval / 2);
  return shown.flatMap((point, index): readonly Point[] => {
    const [value, next] = [read(point), shown[index + 1]];
    const isCut = next === undefined || (value !== undefined && read(next) === undefined);
    return isCut
      ? [
          [point.at, value],
          [next === undefined ? end : point.at + interval, value],
        ]
      : [[point.at, value]];
  });
}

function arrivals(report: ReportFile): Chart {
  const end = runEnd(report);
  const secondsOf = ({ at }: TimelinePoint): number => Math.min(report.timeline.interval, end - at) / 1_000;
  const series = (
    name: 'due' | 'completed' | 'failed' | 'dropped',
    look: Pick<Series, 'tone' | 'shape' | 'dashed'>,
  ): readonly Series[] => {
    const points = pointsOf(report, (point) => point[name] / secondsOf(point));
    const isSilent = (name === 'failed' || name === 'dropped') && points.every(([, value]) => value === 0);
    return isSilent ? [] : [{ name, points, ...look }];
  };
  return {
    id: 'arrivals',
    title: 'Arrivals',
    description: 'Arrivals that were due, completed and failed in each second.',
    x: xAxis(report),
    y: { kind: 'linear', label: 'a second', format: formatCount, from: 0 },
    series: [
      ...series('completed', { tone: 'teal', shape: 'step-area' }),
      ...series('failed', { tone: 'red', shape: 'step-area' }),
      ...series('dropped', { tone: 'amber', shape: 'steps' }),
      ...series('due', { tone: 'ink', shape: 'steps', dashed: true }),
    ],
    bands: bandsOf(report, true),
    group: GROUP,
  };
}

/** Of arrivals that ended in the interval: none ended, no value. */
function latency(report: ReportFile): Chart {
  const series = (name: 'p50' | 'p95' | 'p99' | 'max', look: Pick<Series, 'tone' | 'dashed'>): Series => ({
    name,
    shape: 'steps',
    points: pointsOf(report, (point) => (point[name] > 0 ? point[name] : undefined)),
    ...look,
  });
  return {
    id: 'latency',
    title: 'Response time',
    description:
      'Median, 95th and 99th percentile and maximum of the response times that ended in each interval, on a logarithmic scale.',
    x: xAxis(report),
    y: { kind: 'log', label: 'log scale', format: (value) => formatDuration(milliseconds(value)) },
    series: [
      series('max', { tone: 'muted', dashed: true }),
      series('p99', { tone: 'red' }),
      series('p95', { tone: 'violet' }),
      series('p50', { tone: 'blue' }),
    ],
    bands: bandsOf(report, false),
    group: GROUP,
  };
}

function sessions(report: ReportFile): Chart {
  const pool = report.scenario.workloads.reduce((sum, { connections }) => sum + connections, 0);
  return {
    id: 'sessions',
    title: 'Sessions',
    description: `Most sessions that waited for a lock, and most connections of the pool of ${pool} in use, at any moment of each interval.`,
    x: xAxis(report),
    y: { kind: 'linear', label: '', format: formatCount, from: 0, to: pool * 1.15 },
    series: [
      {
        name: 'waiting for a lock',
        tone: 'amber',
        shape: 'step-area',
        points: pointsOf(report, ({ waitingSessions }) => waitingSessions),
      },
      {
        name: 'connections in use',
        tone: 'blue',
        shape: 'steps',
        points: pointsOf(report, ({ connectionsInUse }) => connectionsInUse),
      },
    ],
    limits: [{ at: pool, label: `pool of ${pool}`, tone: 'muted' }],
    bands: bandsOf(report, false),
    height: 110,
    group: GROUP,
  };
}

/** Only where anybody had to wait for a connection. */
function queue(report: ReportFile): readonly Chart[] {
  const points = pointsOf(report, ({ queued }) => queued);
  if (points.every(([, value]) => value === 0)) return [];
  return [
    {
      id: 'queue',
      title: 'Arrivals waiting for a connection',
      description: 'Most arrivals that waited for a free connection at any moment of each interval.',
      x: xAxis(report),
      y: { kind: 'linear', label: '', format: formatCount, from: 0 },
      series: [{ name: 'waiting', tone: 'violet', shape: 'step-area', points }],
      bands: bandsOf(report, false),
      height: 90,
      group: GROUP,
    },
  ];
}
