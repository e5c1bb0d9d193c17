import type { SqlNode } from '../../postgres/index.ts';

import { stringsOf } from './nodes.ts';

/** Names of the columns that an expression reads. */
export function columnNamesIn(expression: SqlNode): readonly string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('ColumnRef' in value) {
        const name = stringsOf((value as Extract<SqlNode, { ColumnRef: unknown }>).ColumnRef.fields).at(-1);
        if (name !== undefined) names.add(name);
      } else Object.values(value).forEach(visit);
    }
  };
  visit(expression);
  return [...names];
}
