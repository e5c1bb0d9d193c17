import type { TrafficPlan, TrafficStep } from '../plan/index.ts';
import { parameterSamplers } from '../plan/thread.ts';

import { queriesIn } from './check-statements.ts';
import { entriesOf, type Entry } from './entries.ts';

/** A statement with what a few arrivals bind. */
export interface BoundStatement {
  readonly workload: string;
  readonly transaction: string;
  readonly text: string;
  readonly width: number;
  /** Arrival by arrival; undefined where a value is captured or computed by the transaction itself. */
  readonly values: readonly (readonly (string | null)[])[] | undefined;
}

/** Enough to meet a hot key and a cold one; each costs a plan. */
const ARRIVALS = 3;

/** Every statement of the traffic that can be prepared, with the values that its first arrivals bind. */
export function boundStatements(plan: TrafficPlan): readonly BoundStatement[] {
  const all = entriesOf(plan).flatMap((entry) => statementsOf(entry, plan));
  return [...new Map(all.map((one) => [`${one.workload}/${one.transaction}/${one.text}`, one])).values()];
}

function statementsOf({ workload, transaction }: Entry, plan: TrafficPlan): readonly BoundStatement[] {
  const { name, index, connections } = workload;
  const samplers = parameterSamplers(
    transaction,
    { name, index, count: plan.workloads.length, connections },
    plan.seed,
  );
  const assigned = assignedIn(transaction.steps);
  const drawn = new Map(
    transaction.parameters.flatMap((parameter, place) => {
      const sampler = samplers[place];
      return sampler === undefined || assigned.has(parameter.name)
        ? []
        : [[parameter.name, sampler] as const];
    }),
  );
  return queriesIn(transaction.steps).map(({ text, names }) => {
    const samplersOf = names.flatMap((one) => drawn.get(one) ?? []);
    const values = Array.from({ length: names.length === 0 ? 1 : ARRIVALS }, (_, slot) =>
      samplersOf.map((sampler) => sampler(slot)),
    );
    return {
      workload: name,
      transaction: transaction.name,
      text,
      width: names.length,
      values: samplersOf.length === names.length ? values : undefined,
    };
  });
}

/** Names that get their value while the transaction runs, whatever was drawn for them. */
function assignedIn(steps: readonly TrafficStep[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap((step) => {
      switch (step.kind) {
        case 'query':
          return step.capture.map(({ name }) => name);
        case 'let':
          return [step.name];
        case 'if':
          return [...step.arms.map((arm) => arm.steps), step.otherwise].flatMap((arm) => [
            ...assignedIn(arm),
          ]);
        case 'branch':
          return step.arms.flatMap((arm) => [...assignedIn(arm.steps)]);
        case 'begin':
        case 'commit':
        case 'rollback':
        case 'think':
          return [];
      }
    }),
  );
}
