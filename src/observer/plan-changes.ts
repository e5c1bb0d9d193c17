import type { Aftermath, PlanChange, QueryPlan } from '../result/index.ts';

/** A statement of the traffic with the values of a few of its arrivals. */
export interface DrawnStatement {
  readonly workload: string;
  readonly transaction: string;
  readonly text: string;
  /** How many values it binds. */
  readonly width: number;
  /** Text of each value, arrival by arrival; undefined: not known before it runs. */
  readonly values: readonly (readonly (string | null)[])[] | undefined;
}

export type PlannedStatement =
  /** A plan for the values of each arrival, in their order. */
  | { readonly kind: 'planned'; readonly statement: DrawnStatement; readonly plans: readonly QueryPlan[] }
  | { readonly kind: 'refused'; readonly statement: DrawnStatement; readonly message: string };

/** Statements that are planned otherwise for one of their arrivals, with the one whose cost grew most, and those that are refused now. */
export function planChanges(
  before: readonly PlannedStatement[],
  after: readonly PlannedStatement[],
): readonly PlanChange[] {
  const later = new Map(after.map((planned) => [keyOf(planned.statement), planned]));
  return before.flatMap((earlier): readonly PlanChange[] => {
    const now = later.get(keyOf(earlier.statement));
    const [first] = earlier.kind === 'planned' ? earlier.plans : [];
    if (earlier.kind === 'refused' || now === undefined || first === undefined) return [];
    const { workload, transaction, text } = earlier.statement;
    const place = { workload, transaction, statement: text };
    if (now.kind === 'refused') return [{ ...place, before: first, error: now.message }];
    const [worst] = earlier.plans
      .flatMap((plan, index) => {
        const other = now.plans[index];
        return other === undefined || shapeOf(other) === shapeOf(plan)
          ? []
          : [{ before: plan, after: other }];
      })
      .sort((one, other) => growth(other) - growth(one));
    return worst === undefined ? [] : [{ ...place, ...worst }];
  });
}

/** By transaction, the tables that its statements read or write. */
export function transactionTables(planned: readonly PlannedStatement[]): Aftermath['transactionTables'] {
  const byPlace = new Map<string, { workload: string; transaction: string; relations: Set<string> }>();
  for (const one of planned) {
    if (one.kind === 'refused') continue;
    const { workload, transaction } = one.statement;
    const place = JSON.stringify([workload, transaction]);
    const found = byPlace.get(place) ?? { workload, transaction, relations: new Set() };
    for (const { relation } of one.plans.flatMap(({ nodes }) => nodes))
      if (relation !== undefined) found.relations.add(relation);
    byPlace.set(place, found);
  }
  return [...byPlace.values()].map((one) => ({ ...one, relations: [...one.relations].sort() }));
}

const keyOf = ({ workload, transaction, text }: DrawnStatement): string =>
  JSON.stringify([workload, transaction, text]);

/** Equal for plans that do the same with the same tables and indexes. */
export const shapeOf = ({ nodes }: QueryPlan): string => JSON.stringify(nodes);

const growth = ({ before, after }: { readonly before: QueryPlan; readonly after: QueryPlan }): number =>
  after.cost / Math.max(before.cost, 0.01);
