import type { TrafficPlan } from '../plan/index.ts';
import { trafficStatement } from '../target/thread.ts';

import { queriesIn } from './check-statements.ts';
import { entriesOf, type Entry } from './entries.ts';
import { compile, type Operation, type Program } from './program.ts';

/** A transaction of the traffic, ready to be walked through without leaving anything behind. */
export interface TrialProgram {
  readonly workload: string;
  readonly transaction: string;
  readonly program: Program;
  /** Commands that open it, with the isolation level of the application. */
  readonly begin: readonly string[];
  /** Those that can be tried, in their order, each text once. */
  readonly statements: readonly string[];
  /** Those that can not: PREPARE, and with it EXPLAIN, does not take them. */
  readonly others: readonly string[];
}

/** Of every transaction of every workload. */
export function trialPrograms(plan: TrafficPlan): readonly TrialProgram[] {
  return entriesOf(plan).map((entry) => trialProgram(entry, plan));
}

function trialProgram(entry: Entry, plan: TrafficPlan): TrialProgram {
  const { workload, transaction } = entry;
  const named = { ...workload, manners: { ...workload.manners, prepare: 'named' } as const };
  const program = compile({ ...entry, workload: named }, plan.workloads.length, plan.seed);
  const operations = program.operations.map((operation, place) => renamed(operation, entry.index, place));
  const texts = [...new Set(operations.flatMap((one) => (one.kind === 'query' ? one.text : [])))];
  const preparable = new Set(queriesIn(transaction.steps).map(({ text }) => text));
  return {
    workload: workload.name,
    transaction: transaction.name,
    program: { ...program, operations },
    begin: [beginOf(operations, workload), ...planning(workload)],
    statements: texts.filter((text) => preparable.has(text)),
    others: texts.filter((text) => !preparable.has(text)),
  };
}

/** EXPLAIN names the prepared statement as an identifier, of which only 63 bytes count. */
function renamed(operation: Operation, entry: number, place: number): Operation {
  if (operation.kind !== 'query') return operation;
  const name = `rehearse ${entry}.${place}`;
  return {
    ...operation,
    statement: trafficStatement({ ...operation.statement, name }, operation.bound.length),
  };
}

function beginOf(operations: readonly Operation[], { manners }: Entry['workload']): string {
  const written = operations.find((one) => one.kind === 'command' && /^(?:begin|start)\b/i.test(one.text));
  if (written?.kind === 'command') return written.text;
  return manners.isolation === undefined
    ? 'BEGIN'
    : `BEGIN ISOLATION LEVEL ${manners.isolation.toUpperCase()}`;
}

/** An application that does not keep its statements has each planned for its values (manual, PREPARE, Notes). 12–18. */
const planning = ({ manners }: Entry['workload']): readonly string[] =>
  manners.prepare === 'named' ? [] : ['SET LOCAL plan_cache_mode = force_custom_plan'];

/**
 * Number of the first arrival that is tried: beyond those of any run, so that what it inserts is not there already, and small enough for numbers that are counted up
 * to stay within an int4.
 */
export const firstTrialSlot = ({ workloads }: TrafficPlan): number =>
  Math.floor(1_000_000_000 / Math.max(1, workloads.length));
