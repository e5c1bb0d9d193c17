import type { ResolvedDataset } from '../dataset/index.ts';
import { redact } from '../errors.ts';
import type {
  Executor,
  MigrationStep,
  PhaseRate,
  RetryPolicy,
  Scenario,
  TrafficStep,
} from '../scenario/index.ts';
import { DEFAULT_THRESHOLDS } from '../threshold/index.ts';
import {
  bytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  milliseconds,
  perSecond,
} from '../units.ts';

import { dueWithin, isOpen, type PhaseStart } from './arrivals.ts';
import { sampledColumns } from './make.ts';
import type { OpenExecutor, Plan, PlannedWorkload } from './plan.ts';
import { highestRate } from './rate-curve.ts';
import { datasetSize } from './size.ts';

/** The plan for people: what `rehearse plan` prints, touching no database. */
export function describePlan(plan: Plan): string {
  return [
    heading(plan),
    section('dataset', datasetLines(plan)),
    section('traffic', trafficLines(plan)),
    section('actors', actorLines(plan.scenario)),
    section('phases', phaseLines(plan)),
    section('migration', migrationLines(plan.scenario)),
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

function datasetLines({ dataset: planned, traffic }: Plan): string[] {
  if (planned.kind === 'existing')
    return [
      'what the database of --target holds already',
      ...sampledColumns(traffic).map(({ column }) => `keys of ${column} are sampled before the run`),
    ];
  const dataset = planned.resolved;
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
function stateOf({ storage, routes }: ResolvedDataset['tables'][number]): string[] {
  const { fillfactor, deadTuples, freeSpace } = storage;
  return [
    ...(routes === undefined ? [] : [`${routes.length} partitions loaded one by one`]),
    ...(deadTuples > 0 ? [`${formatPercent(deadTuples)} dead tuples`] : []),
    ...(freeSpace > 0 ? [`${formatPercent(freeSpace)} of each page free`] : []),
    ...(fillfactor === undefined ? [] : [`fillfactor ${fillfactor}`]),
  ];
}

function trafficLines({ traffic }: Plan): string[] {
  const { workloads, workers } = traffic;
  const lines = workloads.flatMap((workload) => workloadLines(workload, workloads.length > 1));
  return workers === 1 ? lines : [...lines, `driven by ${workers} threads`];
}

function workloadLines(
  { name, executor, connections, mix, manners }: PlannedWorkload,
  isNamed: boolean,
): string[] {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  const rate = isOpenExecutor(executor) ? highestRate(executor) : undefined;
  const heading = `${executorText(executor)} on ${connections} connections, ${manners.prepare} statements`;
  return [
    isNamed ? `${name}: ${heading}` : heading,
    ...mix.map(({ name: transaction, weight, steps }) => {
      const share = weight / total;
      const cells = [
        `${transaction.padEnd(24)} ${formatPercent(share).padStart(7)}`,
        ...(rate === undefined ? [] : [formatRate(perSecond(rate * share)).padStart(8)]),
        statementsText(steps),
      ];
      return `${isNamed ? '  ' : ''}${cells.join('   ')}`;
    }),
  ];
}

const isOpenExecutor = (executor: Executor): executor is OpenExecutor => 'arrival' in executor;

function executorText(executor: Executor): string {
  switch (executor.kind) {
    case 'constant-arrival-rate':
      return `${ratesText(executor.rates)} ${executor.arrival} arrivals`;
    case 'ramping-arrival-rate': {
      const stages = executor.stages.map(
        ({ target, duration }) => `${formatRate(target)} in ${formatDuration(duration)}`,
      );
      return `${executor.arrival} arrivals from ${formatRate(executor.startRate)} to ${stages.join(', to ')}`;
    }
    case 'constant-vus': {
      const pause = executor.pause === 0 ? '' : ` with a pause of ${formatDuration(executor.pause)}`;
      return `${executor.vus} users in a closed loop${pause}`;
    }
    case 'max':
      return 'as many arrivals as the database can carry';
  }
}

function ratesText(rates: readonly PhaseRate[]): string {
  const [first, ...later] = rates;
  if (first === undefined) return 'no';
  return [
    formatRate(first.rate),
    ...later.map(({ phase, rate }) => `${formatRate(rate)} from the ${phase} phase on`),
  ].join(', ');
}

function statementsText(steps: readonly TrafficStep[]): string {
  const count = steps.reduce((sum, step) => sum + statementsIn(step), 0);
  return `${count} ${count === 1 ? 'statement' : 'statements'}`;
}

/** Over all ways that it may go. */
function statementsIn(step: TrafficStep): number {
  const inside = (steps: readonly TrafficStep[]): number =>
    steps.reduce((sum, one) => sum + statementsIn(one), 0);
  if (step.kind === 'query') return 1;
  if (step.kind === 'branch') return step.arms.reduce((sum, { steps }) => sum + inside(steps), 0);
  if (step.kind === 'if')
    return step.arms.reduce((sum, { steps }) => sum + inside(steps), inside(step.otherwise));
  return 0;
}

function actorLines({ actors }: Scenario): string[] {
  return actors.map((actor) => {
    const { name, phase, start, duration, period } = actor;
    const kind = 'command' in actor ? actor.command.toLowerCase() : actor.kind;
    const tables =
      'tables' in actor ? ` of ${actor.tables?.map((table) => table.name).join(', ') ?? 'all tables'}` : '';
    const length = duration === undefined ? '' : ` for ${formatDuration(duration)}`;
    const turns = period === undefined ? '' : `, every ${formatDuration(period)}`;
    const when = start < 0 ? `${formatDuration(start).slice(1)} before` : `${formatDuration(start)} into`;
    return `${name}: ${kind}${tables}${length}${turns}, starting ${when} the ${phase} phase`;
  });
}

function phaseLines({ scenario, traffic }: Plan): string[] {
  const { phases } = scenario;
  const starts: readonly PhaseStart[] = [
    { phase: 'warmup', at: milliseconds(0) },
    { phase: 'baseline', at: phases.warmup },
    { phase: 'migration', at: milliseconds(phases.warmup + phases.baseline) },
  ];
  const open = traffic.workloads.filter(isOpen);
  const due = open.reduce(
    (sum, workload) =>
      sum +
      dueWithin(workload, traffic.seed, {
        phases: starts,
        from: phases.warmup,
        to: phases.warmup + phases.baseline,
      }),
    0,
  );
  const { statementBenchmark } = scenario;
  const alone =
    statementBenchmark === undefined
      ? []
      : [
          `before and after: each statement alone and rolled back, ${formatDuration(statementBenchmark.time)} for all of them`,
        ];
  return [
    `warmup     ${formatDuration(phases.warmup)} (not judged)`,
    `baseline   ${formatDuration(phases.baseline)}${open.length === 0 ? '' : `, ${formatCount(due)} arrivals`}`,
    `migration  until it is over; at least ${formatDuration(phases.migration.min)}, at most ${formatDuration(phases.migration.max)}`,
    `recovery   ${formatDuration(phases.recovery)}`,
    ...alone,
  ];
}

function migrationLines({ migration, rerun }: Scenario): string[] {
  const again = 'afterwards once more, without traffic: it must change nothing or fail cleanly (rerun)';
  return [...migration.flatMap(stepLines), ...(rerun ? [again] : [])];
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
        `UPDATE ${step.table} SET ${step.set}${step.where === undefined ? '' : ` WHERE ${step.where}`}, in batches of ${formatCount(step.batch)} by ${step.key?.join(', ') ?? 'the primary key'}, pause ${formatDuration(step.pause)}`,
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
