import { quoteRelation } from '../postgres/index.ts';
import type {
  ComparedStatement,
  PlanChange,
  PlanNode,
  QueryPlan,
  Result,
  SchemaFact,
  Severity,
} from '../result/index.ts';
import { formatCount } from '../units.ts';

import { aloneOf, aloneSentence } from './alone.ts';
import { changedTables } from './changed-tables.ts';
import type { Detector, Observed } from './observed.ts';
import { andList } from './work-sentence.ts';

/** Estimates are rough: a smaller difference may be none, also where a table is read from end to end now. */
const WORSE = 2;
/** In place of an index, and growing with the table. */
const MUCH_WORSE = 10;
/** Rows at scale 1; the planner rightly reads smaller tables from end to end. */
const BIG = 10_000;

/** Statements of the traffic whose plan costs a multiple of what it did, here or at scale 1. */
export const planChanged: Detector = ({ result }) =>
  (result.aftermath?.planChanges ?? []).flatMap((change) => {
    const { before, after } = change;
    if (after === undefined) return [];
    const scanned = scannedInstead(result, before, after);
    const times = after.cost / Math.max(before.cost, 0.01);
    const isLost = scanned.length > 0 && indexesLost(result, before).length > 0;
    // With the index it would have stayed as it was; without it the plan grows with the table.
    const expected = isLost ? times / Math.min(1, result.dataset.scale) : times;
    return expected < WORSE ? [] : [worse(result, change, { after, scanned, times })];
  });

interface Worse {
  readonly after: QueryPlan;
  readonly scanned: readonly string[];
  readonly times: number;
}

function worse(result: Result, change: PlanChange, { after, scanned, times }: Worse): Observed {
  const { transaction, statement, before } = change;
  const alone = aloneOf(result, change);
  const relation = scanned[0] ?? after.nodes.find((node) => node.relation !== undefined)?.relation;
  const isDrift = !usesChanged(result, [before, after]);
  return {
    severity: isDrift ? 'info' : severityOf(scanned, times, alone),
    relation,
    title:
      scanned.length > 0
        ? `a query of ${transaction} reads all of ${andList(scanned)} now, where it used an index before`
        : `a query of ${transaction} has a worse plan now`,
    evidence: [
      statement.replace(/\s+/g, ' '),
      `planned before: ${planText(before)}, cost ${formatCount(before.cost)}`,
      `planned after: ${planText(after)}, cost ${formatCount(after.cost)} (${times.toFixed(1)} ×)`,
      ...(isDrift ? [DRIFT] : []),
      ...(alone?.after === undefined ? [] : [aloneSentence(alone)]),
    ],
    estimate: estimateOf(result, scanned),
    safer: isDrift ? undefined : saferPlan(result, before, relation),
  };
}

const DRIFT =
  'the migration changed none of its tables: their statistics, or what the planner is set to, became others meanwhile';

/** Whether the migration changed a table of the plans; true where they name none. */
function usesChanged(result: Result, plans: readonly QueryPlan[]): boolean {
  const used = plans.flatMap(({ nodes }) => nodes.flatMap(({ relation }) => relation ?? []));
  const changed = changedTables(result);
  return used.length === 0 || used.some((relation) => changed.has(relation));
}

function severityOf(
  scanned: readonly string[],
  times: number,
  alone: ComparedStatement | undefined,
): Severity {
  if (scanned.length > 0) return times >= MUCH_WORSE ? 'danger' : 'warning';
  // The planner only estimates; where nothing is scanned in place of an index, scale 1 will be alike.
  return alone?.verdict === 'no-difference' || alone?.verdict === 'faster' ? 'info' : 'warning';
}

function estimateOf(result: Result, [name]: readonly string[]): string | undefined {
  const { scale } = result.dataset;
  if (name === undefined || scale >= 1) return undefined;
  const rows = rowsOf(result, name);
  return `it reads ${formatCount(rows)} rows of ${name} at scale ${scale} → ${formatCount(rows / scale)} at scale 1`;
}

/** Big tables that the plan reads from end to end now, and by an index before. */
function scannedInstead(result: Result, before: QueryPlan, after: QueryPlan): readonly string[] {
  const readFrom = (plan: QueryPlan, isSo: (node: PlanNode) => boolean): ReadonlySet<string> =>
    new Set(plan.nodes.flatMap((node) => (node.relation !== undefined && isSo(node) ? [node.relation] : [])));
  const indexed = readFrom(before, ({ type }) => /^(?:Index|Bitmap)/.test(type));
  const scannedBefore = readFrom(before, ({ type }) => type === 'Seq Scan');
  return [...readFrom(after, ({ type }) => type === 'Seq Scan')].filter(
    (name) =>
      indexed.has(name) && !scannedBefore.has(name) && rowsOf(result, name) / result.dataset.scale >= BIG,
  );
}

function rowsOf({ relations, dataset }: Result, name: string): number {
  return Math.max(relations.find((one) => one.name === name)?.before?.rows ?? 0, dataset.rows[name] ?? 0);
}

/** `Limit → Index Scan of orders (orders_pkey)`. */
export function planText({ nodes }: QueryPlan): string {
  return nodes
    .map(
      ({ type, relation, index }) =>
        `${type}${relation === undefined ? '' : ` of ${relation}`}${index === undefined ? '' : ` (${index})`}`,
    )
    .join(' → ');
}

/** An index that the plan used and the migration removed is wanted back. */
function saferPlan(result: Result, before: QueryPlan, relation: string | undefined): string {
  const gone = indexesLost(result, before);
  if (gone.length > 0)
    return [
      'build an index that serves this query before the old one goes',
      ...gone.map(({ definition }) => `${definition.replace(/ INDEX /, ' INDEX CONCURRENTLY ')};`),
    ].join('\n');
  return [
    'refresh the statistics of what the migration wrote, and look at the plan again',
    ...(relation === undefined ? [] : [`ANALYZE ${quoteRelation(relation)};`]),
  ].join('\n');
}

/** That the plan used and the migration removed. */
function indexesLost({ aftermath }: Result, { nodes }: QueryPlan): readonly SchemaFact[] {
  const used = new Set(nodes.flatMap(({ index }) => index ?? []));
  return (aftermath?.schemaChanges ?? []).flatMap(({ change, fact }) =>
    change === 'removed' && fact.kind === 'index' && used.has(fact.name) ? [fact] : [],
  );
}
