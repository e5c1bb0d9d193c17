import { statementsOf } from '../findings/index.ts';
import type { BlockingChain, Judgement, ReportFile, StatementResult } from '../result/index.ts';
import { bytes, formatCount, formatDuration, formatSize } from '../units.ts';

import { activityTable, planTable, schemaTable } from './aftermath-tables.ts';
import { aloneTables } from './alone-tables.ts';
import { attemptTable, buildTable, deadlockTable } from './lock-tables.ts';
import { code, details, escaped, table } from './markdown-text.ts';
import { serverLine } from './server-line.ts';
import { trafficText } from './traffic-text.ts';

/** What stands behind the summary, each part folded; parts without content are left out. */
export function runDetails(report: ReportFile, judgement: Judgement): readonly string[] {
  return [
    folded('Statements and locks of the migration', statementTable(report)),
    folded('Attempts, and what they cost the traffic', attemptTable(report)),
    folded('Phases of index builds', buildTable(report)),
    folded('Deadlocks', deadlockTable(report)),
    folded('Who waited for whom', chainTable(report.blockingChains)),
    folded('Sizes before and after', sizeTable(report)),
    folded('Changes of the schema', schemaTable(report)),
    folded('Plans that changed', planTable(report)),
    folded('Each statement alone, before and after', aloneTables(report)),
    folded('Work on the tables', activityTable(report)),
    folded('Can the measurement be believed', validityTable(judgement)),
    folded('The run', runTable(report)),
  ];
}

const folded = (summary: string, body: string): string => (body === '' ? '' : details(summary, body));

function statementTable(report: ReportFile): string {
  const rows = statementsOf(report).map(({ stepIndex, statement }) => [
    String(stepIndex + 1),
    code(statement.text),
    formatDuration(statement.waiting),
    formatDuration(statement.working),
    locksOf(statement),
    formatSize(statement.walBytes),
    statement.error === undefined ? '' : escaped(statement.error.message),
  ]);
  return rows.length === 0
    ? ''
    : table(
        ['step', 'statement', 'waited', 'worked', 'locks (waited, held)', 'WAL (of the server)', 'error'],
        rows,
      );
}

const MOST_LOCKS = 6;

function locksOf({ locks }: StatementResult): string {
  const lines = locks
    .slice(0, MOST_LOCKS)
    .map(
      ({ mode, relation, waited, held }) =>
        `${mode} on ${escaped(relation)} (${formatDuration(waited)}, ${formatDuration(held)})`,
    );
  return [...lines, ...(locks.length > MOST_LOCKS ? [`… and ${locks.length - MOST_LOCKS} more`] : [])].join(
    '<br>',
  );
}

function chainTable(chains: readonly BlockingChain[]): string {
  const rows = chains
    .toSorted((a, b) => b.duration - a.duration)
    .map(({ root, relations, duration, waiters, depth, step }) => [
      escaped(`${root.kind} ${root.name}`),
      code(root.query, 60),
      escaped(relations.join(', ')),
      formatDuration(duration),
      formatCount(waiters),
      String(depth),
      step === undefined ? '' : String(step + 1),
    ]);
  return rows.length === 0
    ? ''
    : table(['at the root', 'running', 'on', 'lasted', 'waiters', 'depth', 'step'], rows, 10);
}

function sizeTable({ relations }: ReportFile): string {
  const rows = relations
    .filter(({ before, after }) => before?.totalBytes !== after?.totalBytes)
    .map(({ name, before, after }) => [
      code(name, 60),
      before === undefined ? '–' : formatSize(before.totalBytes),
      after === undefined ? '–' : formatSize(after.totalBytes),
    ]);
  return rows.length === 0 ? '' : table(['relation', 'before', 'after'], rows, 20);
}

function validityTable({ validity }: Judgement): string {
  const rows = validity.map(({ rule, measured, held }) => [
    code(rule),
    escaped(measured),
    held ? '✅' : '❌',
  ]);
  return rows.length === 0 ? '' : table(['rule', 'measured', ''], rows);
}

function runTable(report: ReportFile): string {
  const { scenario, dataset, host, harness, duration, preparation, startedAt } = report;
  const rows = Object.values(dataset.rows).reduce((sum, count) => sum + count, 0);
  return table(
    ['', ''],
    [
      ['scenario', `${code(scenario.file)} (${escaped(scenario.hash.slice(0, 12))})`],
      [
        'dataset',
        `${code(dataset.file)}, scale ${dataset.scale}, seed ${dataset.seed}, ${formatCount(rows)} rows${dataset.fromCache ? ', from the cache' : ''}`,
      ],
      ['server', escaped(serverLine(report))],
      ['traffic', escaped(trafficText(report))],
      ['host', escaped(`${host.cpus} × ${host.cpuModel}, ${formatSize(bytes(host.memory))}`)],
      [
        'time',
        escaped(`${startedAt}, ${formatDuration(duration)}, of it ${formatDuration(preparation)} to prepare`),
      ],
      ['harness', escaped(`${harness.name} ${harness.version}, Node ${harness.node}`)],
    ],
  );
}
