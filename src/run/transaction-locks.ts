import type { ForeignKey, PlannedStatement } from '../observer/index.ts';
import type { TrafficPlan } from '../plan/index.ts';
import type { TransactionLocks } from '../result/index.ts';

import { lockWays } from './lock-ways.ts';
import { statementLocks } from './statement-locks.ts';

/** Which locks each transaction of the traffic takes, in which order; without those that take no two. */
export function transactionLocks(
  { workloads }: TrafficPlan,
  planned: readonly PlannedStatement[],
  keys: readonly ForeignKey[],
): readonly TransactionLocks[] {
  const known = new Map(planned.map((one) => [keyOf(one.statement), one]));
  return workloads.flatMap((workload) =>
    workload.mix.flatMap(({ name, steps }) => {
      const place = { workload: workload.name, transaction: name };
      const ways = lockWays(steps, ({ text }) =>
        statementLocks(text, known.get(keyOf({ ...place, text })), keys),
      );
      return ways.length === 0 ? [] : [{ ...place, ways }];
    }),
  );
}

const keyOf = ({
  workload,
  transaction,
  text,
}: Record<'workload' | 'transaction' | 'text', string>): string =>
  JSON.stringify([workload, transaction, text]);
