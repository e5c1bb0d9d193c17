import { tableWrites } from '../postgres/index.ts';
import type { Aftermath } from '../result/index.ts';

/** Columns that the statements set in rows that are there already, by table as it is written: of UPDATE, ON CONFLICT DO UPDATE and MERGE, also inside of WITH. */
export function updatedColumns(texts: readonly string[]): Aftermath['updatedColumns'] {
  const found = new Map<string, Set<string>>();
  for (const { relation, action, columns } of texts.flatMap(tableWrites)) {
    if (action === 'update' && columns.length > 0)
      found.set(relation, new Set([...(found.get(relation) ?? []), ...columns]));
  }
  return [...found].map(([relation, columns]) => ({ relation, columns: [...columns].sort() }));
}
