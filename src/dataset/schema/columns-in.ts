import type { SqlNode } from '../../postgres/index.ts';

import { stringsOf, type Body } from './nodes.ts';

/** Names of the columns that an expression reads. */
export function columnNamesIn(expression: SqlNode): readonly string[] {
  const names = new Set<string>();
  visit(expression, ({ fields }) => {
    const name = stringsOf(fields).at(-1);
    if (name !== undefined) names.add(name);
  });
  return [...names];
}

/** The expression with a column named anew. */
export function withColumnRenamed(expression: SqlNode, from: string, to: string): SqlNode {
  const copy = structuredClone(expression);
  visit(copy, ({ fields }) => {
    const last = fields?.at(-1);
    if (last !== undefined && 'String' in last && last.String.sval === from) last.String.sval = to;
  });
  return copy;
}

function visit(value: unknown, onColumn: (reference: Body<'ColumnRef'>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('ColumnRef' in value) onColumn((value as Extract<SqlNode, { ColumnRef: unknown }>).ColumnRef);
  else for (const inner of Object.values(value)) visit(inner, onColumn);
}
