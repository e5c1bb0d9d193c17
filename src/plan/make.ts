import {
  columnNames,
  fakerMethod,
  fakerMethods,
  fakerTexts,
  findColumn,
  resolveDataset,
  type Dataset,
  type ResolvedDataset,
} from '../dataset/index.ts';
import { didYouMean } from '../document/index.ts';
import { Failure, type Issue } from '../errors.ts';
import { tablesCreated } from '../postgres/index.ts';
import { actorTables, type Location, type Parameter, type Scenario } from '../scenario/index.ts';

import type { ParameterDraw, Plan, PlannedParameter, TrafficPlan } from './plan.ts';

export type PlanOutcome =
  { readonly ok: true; readonly value: Plan } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Throws `Failure('dataset.impossible')` where the row counts can not be met. */
export function makePlan(scenario: Scenario, dataset: Dataset): PlanOutcome {
  const unknown = unknownNames(scenario, dataset);
  if (unknown.length > 0) return { ok: false, issues: unknown };
  const resolved = resolveDataset(dataset, {
    scale: scenario.scale,
    ...(scenario.seed === undefined ? {} : { seed: scenario.seed }),
  });
  const issues: Issue[] = [];
  const traffic = planTraffic(scenario, resolved.seed, (parameter) =>
    planParameter(parameter, resolved, issues),
  );
  if (issues.length > 0) return { ok: false, issues };
  const planned = { kind: 'generated', resolved } as const;
  return { ok: true, value: { scenario, dataset: planned, traffic, notes: resolved.notes } };
}

/** As in a dataset file. */
const DEFAULT_SEED = 42;

/** For a database that holds its data already: what keys there are is asked of it later (`withKeys`). */
export function makeExistingPlan(scenario: Scenario): PlanOutcome {
  const unknown = unknownFakers(scenario);
  if (unknown.length > 0) return { ok: false, issues: unknown };
  const seed = scenario.seed ?? DEFAULT_SEED;
  const traffic = planTraffic(scenario, seed, ({ name, value, location }) => {
    if (value.kind !== 'key') return [{ name, draw: plainDraw(value, seed) }];
    const { column, distribution, latest } = value;
    return [{ name, draw: { kind: 'existing', column, distribution, latest, location } }];
  });
  return { ok: true, value: { scenario, dataset: { kind: 'existing' }, traffic, notes: [] } };
}

/** The traffic with the keys that were found for each column, as `withKeys` names it: ascending, and not none. */
export function withKeys(traffic: TrafficPlan, keys: ReadonlyMap<string, readonly string[]>): TrafficPlan {
  const drawn = ({ name, draw }: PlannedParameter): PlannedParameter => {
    if (draw.kind !== 'existing') return { name, draw };
    const { column, distribution, latest } = draw;
    const hotSet = column.split('.').slice(0, -1).join('.');
    return { name, draw: { kind: 'pool', values: keys.get(column) ?? [], distribution, latest, hotSet } };
  };
  return {
    ...traffic,
    workloads: traffic.workloads.map((workload) => ({
      ...workload,
      mix: workload.mix.map((one) => ({ ...one, parameters: one.parameters.map(drawn) })),
    })),
  };
}

/** A column whose keys have to be sampled: as written, and who asks for it first. */
export interface SampledColumn {
  readonly column: string;
  /** Whether the newest ones are asked for. */
  readonly latest: boolean;
  readonly location: Location;
}

export function sampledColumns({ workloads }: TrafficPlan): readonly SampledColumn[] {
  const all = workloads
    .flatMap(({ mix }) => mix)
    .flatMap(({ parameters }) => parameters)
    .flatMap(({ draw }) => (draw.kind === 'existing' ? [draw] : []));
  const firsts = all.filter((draw, index) => all.findIndex((one) => one.column === draw.column) === index);
  return firsts.map(({ column, location }) => ({
    column,
    location,
    latest: all.some((draw) => draw.column === column && draw.latest),
  }));
}

/** What the scenario names and nobody knows. */
export const unknownNames = (scenario: Scenario, dataset: Dataset): readonly Issue[] => [
  ...unknownColumns(scenario, dataset),
  ...unknownTables(scenario, dataset),
  ...unknownBackfills(scenario, dataset),
  ...unknownFakers(scenario),
];

/** Keys that the traffic draws from columns that the dataset does not have. */
function unknownColumns({ traffic }: Scenario, dataset: Dataset): readonly Issue[] {
  const names = columnNames(dataset);
  return traffic.transactions.flatMap(({ parameters }) =>
    parameters.flatMap(({ value, location }) => {
      if (value.kind !== 'key' || names.includes(value.column)) return [];
      const hint = didYouMean(value.column, names).hint;
      return [issue(location, `the dataset has no column ${value.column}`, hint)];
    }),
  );
}

/** Tables that actors read or vacuum and the schema does not make. */
function unknownTables({ actors }: Scenario, dataset: Dataset): readonly Issue[] {
  const tables = [
    ...dataset.tables.map(({ display }) => display),
    ...dataset.partitioned,
    // Partitions and materialized views: the schema's text is where they have their names.
    ...tablesCreated(dataset.schema.statements.map(({ text }) => text)),
  ];
  const isKnown = (name: string): boolean => tables.includes(name.replace(/^public\./, ''));
  return actors
    .flatMap(actorTables)
    .filter(({ name }) => !isKnown(name))
    .map(({ name, location }) =>
      issue(location, `the schema has no table ${name}`, didYouMean(name, tables).hint),
    );
}

/** Tables and keys of backfills that neither the schema nor the migration before them speaks of. What a tool does nobody knows. */
function unknownBackfills({ migration }: Scenario, dataset: Dataset): readonly Issue[] {
  if (migration.some(({ kind }) => kind === 'command')) return [];
  const texts = [
    ...dataset.tables.map(({ display }) => display),
    ...columnNames(dataset),
    ...dataset.schema.statements.map(({ text }) => text),
    ...migration.flatMap((step) =>
      step.kind === 'sql' ? step.units.flatMap(({ statements }) => statements.map(({ text }) => text)) : [],
    ),
  ];
  const isNamed = (name: string): boolean => texts.some((text) => text.includes(name));
  return migration.flatMap((step) => {
    if (step.kind !== 'backfill') return [];
    const { table, key = [], location } = step;
    if (!isNamed(table.split('.').at(-1) ?? table)) {
      const tables = dataset.tables.map(({ display }) => display);
      return [issue(location, `there is no table ${table} to backfill`, didYouMean(table, tables).hint)];
    }
    const columns = dataset.tables.find(({ display }) => display === table)?.columns ?? [];
    const hintFor = (name: string) =>
      didYouMean(
        name,
        columns.map((column) => column.name),
      ).hint;
    return key
      .filter((name) => !isNamed(name))
      .map((name) =>
        issue(location, `there is no column ${name} in ${table} to cut batches by`, hintFor(name)),
      );
  });
}

/** Values that the traffic asks of faker and faker does not know. */
function unknownFakers({ traffic }: Scenario): readonly Issue[] {
  return traffic.transactions.flatMap(({ parameters }) =>
    parameters.flatMap(({ value, location }) => {
      if (value.kind !== 'faker' || fakerMethod(value.method) !== undefined) return [];
      const hint = didYouMean(value.method, fakerMethods()).hint;
      return [issue(location, `faker has no method ${value.method} that works without arguments`, hint)];
    }),
  );
}

function planTraffic(
  { traffic }: Scenario,
  seed: number,
  plan: (parameter: Parameter) => readonly PlannedParameter[],
): TrafficPlan {
  const { workloads, transactions, workers, precision, grace } = traffic;
  const planned = new Map(
    transactions.map(({ name, parameters, steps }) => [
      name,
      {
        name,
        steps,
        parameters: parameters.flatMap(plan),
      },
    ]),
  );
  return {
    seed,
    workers,
    precision,
    grace,
    workloads: workloads.map((workload, index) => ({
      ...workload,
      index,
      mix: workload.mix.flatMap(({ transaction, weight }) => {
        const found = planned.get(transaction);
        return found === undefined ? [] : [{ ...found, weight }];
      }),
    })),
  };
}

function planParameter(
  { name, value, location }: Parameter,
  dataset: ResolvedDataset,
  issues: Issue[],
): PlannedParameter[] {
  if (value.kind !== 'key') return [{ name, draw: plainDraw(value, dataset.seed) }];
  const column = findColumn(dataset, value.column);
  if (column === undefined)
    throw new Failure('bug', { message: `${value.column} was known a moment ago`, where: location.path });
  if (column.rows === 0) {
    const message = `there is no row of ${column.table} to draw ${value.column} from`;
    issues.push(issue(location, message, 'give the table rows in the dataset file, or raise the scale'));
    return [];
  }
  const { distribution, latest } = value;
  return [{ name, draw: { kind: 'key', column, distribution, latest, hotSet: column.table } }];
}

function plainDraw(
  value: Exclude<Parameter['value'], { readonly kind: 'key' }>,
  seed: number,
): ParameterDraw {
  if (value.kind !== 'faker') return value;
  const values = fakerTexts(value.method, seed);
  return { kind: 'values', values, weights: values.map(() => 1) };
}

const issue = (location: Location, message: string, hint: string | undefined): Issue => ({
  ...location,
  message,
  ...(hint === undefined ? {} : { hint }),
});
