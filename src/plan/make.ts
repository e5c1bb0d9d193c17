import {
  columnNames,
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
  const unknown = unknownColumns(scenario, dataset);
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

/** Keys that the traffic draws from columns that the dataset does not have. */
export function unknownColumns({ traffic }: Scenario, dataset: Dataset): readonly Issue[] {
  const names = columnNames(dataset);
  return traffic.transactions.flatMap(({ parameters }) =>
    parameters.flatMap(({ value, location }) =>
      value.kind !== 'key' || names.includes(value.column)
        ? []
        : [
            issue(
              location,
              `the dataset has no column ${value.column}`,
              didYouMean(value.column, names).hint,
            ),
          ],
    ),
  );
}

function planTraffic({ traffic }: Scenario, dataset: ResolvedDataset, issues: Issue[]): TrafficPlan {
  return {
    ...traffic,
    seed: dataset.seed,
    transactions: traffic.transactions.map((transaction) => ({
      ...transaction,
      parameters: transaction.parameters.flatMap((parameter) => planParameter(parameter, dataset, issues)),
    })),
  };
}

function planParameter(
  { name, value, location }: Parameter,
  dataset: ResolvedDataset,
  issues: Issue[],
): PlannedParameter[] {
  if (value.kind !== 'key') return [{ name, draw: value satisfies ParameterDraw }];
  const column = findColumn(dataset, value.column);
  if (column === undefined)
    throw new Failure('bug', { message: `${value.column} was known a moment ago`, where: location.path });
  if (column.rows === 0) {
    issues.push(
      issue(
        location,
        `there is no row of ${column.table} to draw ${value.column} from`,
        'give the table rows in the dataset file, or raise the scale',
      ),
    );
    return [];
  }
  return [
    {
      name,
      draw: {
        kind: 'key',
        column,
        distribution: value.distribution,
        latest: value.latest,
        hotSet: column.table,
      },
    },
  ];
}

const issue = (location: Location, message: string, hint: string | undefined): Issue => ({
  ...location,
  message,
  ...(hint === undefined ? {} : { hint }),
});
