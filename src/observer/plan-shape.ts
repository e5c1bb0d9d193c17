import { z } from 'zod';

import { displayName } from '../postgres/index.ts';
import type { PlanNode, QueryPlan } from '../result/index.ts';

/** A node as `EXPLAIN (FORMAT JSON, VERBOSE)` tells of it, as far as it is of interest. */
const explainNode = z.object({
  'Node Type': z.string(),
  'Total Cost': z.number(),
  /** Of ModifyTable: Insert, Update, … */
  Operation: z.string().optional(),
  Schema: z.string().optional(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  get Plans() {
    return z.array(explainNode).optional();
  },
});
type ExplainNode = z.infer<typeof explainNode>;

const explained = z.tuple([z.object({ Plan: explainNode })]);

/** The parents of partitions: of tables by display name, of indexes by name. */
export interface PartitionRoots {
  readonly tables: ReadonlyMap<string, string>;
  readonly indexes: ReadonlyMap<string, string>;
}

/** What EXPLAIN answered, reduced to what can be compared between two moments. */
export function planOf(answer: unknown, roots: PartitionRoots): QueryPlan {
  const [{ Plan: root }] = explained.parse(answer);
  return { nodes: nodesOf(root, 0, roots), cost: root['Total Cost'] };
}

function nodesOf(node: ExplainNode, depth: number, roots: PartitionRoots): readonly PlanNode[] {
  const relation = relationOf(node, roots);
  const index = node['Index Name'];
  const own: PlanNode = {
    depth,
    type: node.Operation ?? node['Node Type'],
    ...(relation === undefined ? {} : { relation }),
    ...(index === undefined ? {} : { index: roots.indexes.get(index) ?? index }),
  };
  // As many partitions as there are, each planned alike: once.
  const below = new Map(
    (node.Plans ?? []).map((child) => {
      const nodes = nodesOf(child, depth + 1, roots);
      return [JSON.stringify(nodes), nodes];
    }),
  );
  return [own, ...[...below.values()].flat()];
}

function relationOf(node: ExplainNode, roots: PartitionRoots): string | undefined {
  const name = node['Relation Name'];
  if (name === undefined) return undefined;
  const display = displayName(node.Schema ?? 'public', name);
  return roots.tables.get(display) ?? display;
}
