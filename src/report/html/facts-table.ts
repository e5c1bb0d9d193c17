import type { ReportFile } from '../../result/index.ts';
import { bytes, formatCount, formatDuration, formatPercent, formatSize } from '../../units.ts';
import { serverLine } from '../server-line.ts';
import { trafficText } from '../traffic-text.ts';

import { code, dataTable } from './data-table.ts';
import { html, NOTHING, type Content, type Markup } from './markup.ts';

/** What one needs to run it again, and to know how it was measured. */
export function factsTable(report: ReportFile): Markup {
  const { server } = report;
  const settings = dataTable(
    [{ head: 'setting' }, { head: 'value' }],
    Object.entries(server?.settings ?? {}).map(([name, value]) => [code(name), code(value)]),
    { caption: 'Settings of the server that are not its defaults.', most: 200 },
  );
  return html`${dataTable([{ head: 'fact' }, { head: 'value' }], facts(report), { caption: 'Times are UTC.' })}
  ${
    server === undefined
      ? NOTHING
      : html`<details>
          <summary>Settings of the server</summary>
          ${settings}
        </details>`
  }`;
}

function facts(report: ReportFile): readonly (readonly Content[])[] {
  const { scenario, dataset, host, harness, duration, preparation, startedAt } = report;
  const rows = Object.values(dataset.rows).reduce((sum, count) => sum + count, 0);
  return [
    ['scenario', [code(scenario.file), ` (${scenario.hash.slice(0, 12)})`]],
    [
      'dataset',
      [
        code(dataset.file),
        ` scale ${dataset.scale}, seed ${dataset.seed}, ${formatCount(rows)} rows${dataset.fromCache ? ', from the cache' : ''}`,
      ],
    ],
    ['server', serverLine(report)],
    ['traffic', trafficText(report)],
    ...generatorFacts(report),
    ...observerFacts(report),
    [
      'host',
      `${host.cpus} × ${host.cpuModel}, ${formatSize(bytes(host.memory))}, ${host.platform}; the harness took ${formatSize(bytes(host.harnessPeakMemory))}`,
    ],
    ['time', `${startedAt}, ${formatDuration(duration)}, of it ${formatDuration(preparation)} to prepare`],
    ['harness', `${harness.name} ${harness.version}, Node ${harness.node}`],
  ];
}

function generatorFacts({ generator }: ReportFile): readonly (readonly Content[])[] {
  if (generator === undefined) return [];
  const { workers, eventLoopUtilization, planned, dispatched, garbageCollection } = generator;
  return [
    [
      'load generator',
      `${formatCount(dispatched)} of ${formatCount(planned)} arrivals dispatched on time by ${workers} ${workers === 1 ? 'thread' : 'threads'}, busy ${formatPercent(eventLoopUtilization)}, longest pause to collect garbage ${formatDuration(garbageCollection.longest)}`,
    ],
  ];
}

function observerFacts({ observer }: ReportFile): readonly (readonly Content[])[] {
  if (observer === undefined) return [];
  const { interval, samples, longestGap, lockWaits, missing } = observer;
  return [
    [
      'observer',
      `${formatCount(samples)} looks at the locks, every ${formatDuration(interval)}, the longest gap ${formatDuration(longestGap)}; ${formatCount(lockWaits.seen)} lock waits, ${formatCount(lockWaits.exact)} of them timed by the server${missing.map((line) => `; ${line}`).join('')}`,
    ],
  ];
}
