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
import type { Location, Parameter, Scenario } from '../scenario/index.ts';

import type { ParameterDraw, Plan, PlannedParameter, TrafficPlan } from './plan.ts';

export type PlanOutcome =
  { readonly ok: true; readonly value: Plan } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Throws `Failure('dataset.impossible')` where the row counts can not be met. */
export function makePlan(scenario: Scenario, dataset: Dataset): PlanOutcome {
  const unknown = [...unknownColumns(scenario, dataset), ...unknownFakers(scenario)];
  if (unknown.length > 0) return { ok: false, issues: unknown };
  const resolved = resolveDataset(dataset, {
    scale: scenario.scale,
    ...(scenario.seed === undefined ? {} : { seed: scenario.seed }),
  });
  const issues: Issue[] = [];
  const traffic = planTraffic(scenario, resolved, issues);
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: { scenario, dataset: resolved, traffic, notes: resolved.notes } };
}

/** Keys that the traffic draws from columns that the dataset does not have, and values from faker that it does not know. */
export function unknownColumns({ traffic }: Scenario, dataset: Dataset): readonly Issue[] {
  const names = columnNames(dataset);
  return traffic.transactions.flatMap(({ parameters }) =>
    parameters.flatMap(({ value, location }) => {
      if (value.kind !== 'key' || names.includes(value.column)) return [];
      const hint = didYouMean(value.column, names).hint;
      return [issue(location, `the dataset has no column ${value.column}`, hint)];
    }),
  );
}

/** Values that the traffic asks of faker and faker does not know. */
export function unknownFakers({ traffic }: Scenario): readonly Issue[] {
  return traffic.transactions.flatMap(({ parameters }) =>
    parameters.flatMap(({ value, location }) => {
      if (value.kind !== 'faker' || fakerMethod(value.method) !== undefined) return [];
      const hint = didYouMean(value.method, fakerMethods()).hint;
      return [issue(location, `faker has no method ${value.method} that works without arguments`, hint)];
    }),
  );
}

function planTraffic(scenario: Scenario, dataset: ResolvedDataset, issues: Issue[]): TrafficPlan {
  const { workloads, transactions, workers, grace } = scenario.traffic;
  const planned = new Map(
    transactions.map(({ name, parameters, steps }) => [
      name,
      {
        name,
        steps,
        parameters: parameters.flatMap((parameter) => planParameter(parameter, dataset, issues)),
      },
    ]),
  );
  return {
    seed: dataset.seed,
    workers,
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
  if (value.kind === 'faker') {
    const values = fakerTexts(value.method, dataset.seed);
    return [{ name, draw: { kind: 'values', values, weights: values.map(() => 1) } }];
  }
  if (value.kind !== 'key') return [{ name, draw: value satisfies ParameterDraw }];
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

const issue = (location: Location, message: string, hint: string | undefined): Issue => ({
  ...location,
  message,
  ...(hint === undefined ? {} : { hint }),
});
