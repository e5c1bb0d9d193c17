import { didYouMean } from '../document/index.ts';
import { milliseconds } from '../units.ts';

import type { Traffic, Workload } from './traffic-model.ts';
import type { TrafficContext } from './traffic-context.ts';
import type { TrafficFile } from './traffic-definition.ts';
import { parseTransaction } from './transaction.ts';
import { parseWorkloads } from './workloads.ts';

const DEFAULT_GRACE = milliseconds(10_000);

export function parseTraffic(file: TrafficFile, context: TrafficContext): Traffic {
  if (Object.keys(file.transactions).length === 0 && !context.breaks.at(['transactions']))
    context.issues.push(
      context.issueAt(['transactions'], 'there is none', 'order_page: { query: SELECT … }'),
    );
  const workloads = parseWorkloads(file, context);
  checkMixes(file, workloads, context);
  return {
    workloads,
    workers: file.workers,
    precision: file.precision,
    grace: file.grace ?? DEFAULT_GRACE,
    transactions: Object.entries(file.transactions).map(([name, transaction]) =>
      parseTransaction(name, transaction, context),
    ),
  };
}

/** Mixes and transactions name the same; where one of them could not be read, nobody knows. */
function checkMixes(file: TrafficFile, workloads: readonly Workload[], context: TrafficContext): void {
  const { issueAt, issues, breaks } = context;
  if (breaks.at(['transactions']) || workloads.length === 0) return;
  const known = Object.keys(file.transactions);
  const places = workloads.map(({ name }) => (file.workloads === undefined ? [] : ['workloads', name]));
  workloads.forEach(({ mix }, index) => {
    const at = [...(places[index] ?? []), 'mix'];
    if (breaks.at(at)) return;
    for (const { transaction } of mix.filter((one) => !known.includes(one.transaction))) {
      const message = `no transaction is called ${JSON.stringify(transaction)}`;
      issues.push(issueAt([...at, transaction], message, didYouMean(transaction, known).hint));
    }
  });
  if (places.some((at) => breaks.at([...at, 'mix']) || breaks.keys(at).length > 0)) return;
  if (breaks.at(['workloads']) || workloads.some(({ mix }) => mix.length === 0)) return;
  const used = new Set(workloads.flatMap(({ mix }) => mix.map(({ transaction }) => transaction)));
  for (const name of known.filter((one) => !used.has(one))) {
    const message = workloads.length > 1 ? 'is in no mix, so it would never run' : NOT_IN_MIX;
    issues.push(issueAt(['transactions', name], message, 'add it to mix, or remove it'));
  }
}

const NOT_IN_MIX = 'is not in the mix, so it would never run';
