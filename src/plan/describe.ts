import { redact } from '../errors.ts';
import type { MigrationStep, RetryPolicy, Scenario } from '../scenario/index.ts';
import { DEFAULT_THRESHOLDS } from '../threshold/index.ts';
import {
  bytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  perSecond,
} from '../units.ts';

import type { Plan } from './plan.ts';
import { datasetSize } from './size.ts';

/** The plan for people: what `rehearse plan` prints, touching no database. */
export function describePlan(plan: Plan): string {
  return [
    heading(plan),
    section('dataset', datasetLines(plan)),
    section('traffic', trafficLines(plan)),
    section('actors', actorLines(plan.scenario)),
    section('phases', phaseLines(plan.scenario)),
    section('migration', plan.scenario.migration.flatMap(stepLines)),
    section('thresholds', thresholdLines(plan.scenario)),
    section('notes', plan.notes),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const heading = ({ scenario }: Plan): string => `${scenario.name}   (${scenario.file})\n`;

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function datasetLines({ dataset }: Plan): string[] {
  const { rows, heap, toast, index, tables } = datasetSize(dataset);
  const sum = bytes(heap + toast + index);
  return [
    `${dataset.file} at scale ${dataset.scale}, seed ${dataset.seed}: ${formatCount(rows)} rows, about ${formatSize(sum)}, ${formatSize(index)} of it indexes`,
    ...dataset.tables.map((table, n) => {
      const size = tables[n];
      const taken = bytes((size?.heap ?? 0) + (size?.toast ?? 0));
      return [
        `${table.display.padEnd(24)} ${formatCount(table.rows).padStart(14)} rows   ${formatSize(taken).padStart(8)}`,
        `indexes ${formatSize(size?.index ?? bytes(0))}`,
        ...stateOf(table),
      ].join(', ');
    }),
  ];
}

/** What of its state the file asks for. */
function stateOf({ storage, routes }: Plan['dataset']['tables'][number]): string[] {
  const { fillfactor, deadTuples, freeSpace } = storage;
  return [
    ...(routes === undefined ? [] : [`${routes.length} partitions loaded one by one`]),
    ...(deadTuples > 0 ? [`${formatPercent(deadTuples)} dead tuples`] : []),
    ...(freeSpace > 0 ? [`${formatPercent(freeSpace)} of each page free`] : []),
    ...(fillfactor === undefined ? [] : [`fillfactor ${fillfactor}`]),
  ];
}

function trafficLines({ traffic }: Plan): string[] {
  const total = traffic.transactions.reduce((sum, { weight }) => sum + weight, 0);
  return [
    `${formatRate(traffic.rate)} ${traffic.arrival} arrivals on ${traffic.connections} connections, ${traffic.prepare} statements`,
    ...traffic.transactions.map(({ name, weight, steps }) => {
      const statements = steps.filter(({ kind }) => kind === 'query').length;
      const share = weight / total;
      return `${name.padEnd(24)} ${formatPercent(share).padStart(7)}   ${formatRate(perSecond(traffic.rate * share)).padStart(8)}   ${statements} ${statements === 1 ? 'statement' : 'statements'}`;
    }),
  ];
}

function actorLines({ actors }: Scenario): string[] {
  return actors.map(({ name, kind, phase, start, duration }) => {
    const when = start < 0 ? `${formatDuration(start).slice(1)} before` : `${formatDuration(start)} into`;
    return `${name}: ${kind} for ${formatDuration(duration)}, starting ${when} the ${phase} phase`;
  });
}

function phaseLines({ phases, traffic }: Scenario): string[] {
  const arrivals = (duration: number) => `about ${formatCount((traffic.rate * duration) / 1_000)} arrivals`;
  return [
    `warmup     ${formatDuration(phases.warmup)} (not judged)`,
    `baseline   ${formatDuration(phases.baseline)}, ${arrivals(phases.baseline)}`,
    `migration  until it is over; at least ${formatDuration(phases.migration.min)}, at most ${formatDuration(phases.migration.max)}`,
    `recovery   ${formatDuration(phases.recovery)}, ${arrivals(phases.recovery)}`,
  ];
}

function stepLines(step: MigrationStep): string[] {
  return [`${step.name}: ${policy(step)}`, ...work(step).map((line) => `  ${line}`)];
}

function work(step: MigrationStep): string[] {
  switch (step.kind) {
    case 'sql':
      return step.units.flatMap(({ statements }) => [
        ...(statements.length > 1 ? [`in one transaction, ${statements.length} statements:`] : []),
        ...statements.map(({ text }) => `${statements.length > 1 ? '  ' : ''}${oneLine(text)}`),
      ]);
    case 'backfill':
      return [
        `UPDATE ${step.table} SET ${step.set}${step.where === undefined ? '' : ` WHERE ${step.where}`}, in batches of ${formatCount(step.batch)} by ${step.key}, pause ${formatDuration(step.pause)}`,
      ];
    case 'command':
      return [`$ ${redact(step.command)}`];
  }
}

function policy(step: RetryPolicy & Pick<MigrationStep, 'lockTimeout' | 'statementTimeout'>): string {
  return [
    step.lockTimeout === undefined ? 'no lock_timeout' : `lock_timeout ${formatDuration(step.lockTimeout)}`,
    ...(step.statementTimeout === undefined
      ? []
      : [`statement_timeout ${formatDuration(step.statementTimeout)}`]),
    step.retries === 0
      ? 'no retries'
      : `${step.retries} retries, first after ${formatDuration(step.backoff)}`,
  ].join(', ');
}

function thresholdLines({ thresholds }: Scenario): string[] {
  const written = thresholds.length > 0 ? thresholds : DEFAULT_THRESHOLDS;
  return written.map(
    ({ selector, condition }) => `${selector} ${condition}${thresholds.length > 0 ? '' : '   (default)'}`,
  );
}

const oneLine = (sql: string): string => sql.replace(/\s+/g, ' ');
