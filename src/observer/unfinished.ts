import type { Leftover, SchemaChange, SchemaFact } from '../result/index.ts';

const KINDS: Partial<Readonly<Record<SchemaFact['kind'], Leftover['kind']>>> = {
  table: 'unfinished-table',
  column: 'unfinished-column',
  trigger: 'unfinished-trigger',
};

/** Tables, columns and triggers that a migration added before it failed. What belongs to a new table goes with it, and what was altered was there before. */
export function unfinished(changes: readonly SchemaChange[]): readonly Leftover[] {
  const placeOf = ({ kind, relation, name }: SchemaFact): string => JSON.stringify([kind, relation, name]);
  const removed = new Set(
    changes.filter(({ change }) => change === 'removed').map(({ fact }) => placeOf(fact)),
  );
  const added = changes.flatMap(({ change, fact }) =>
    change === 'added' && !removed.has(placeOf(fact)) ? [fact] : [],
  );
  const newTables = new Set(added.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  return added.flatMap((fact) => {
    const kind = KINDS[fact.kind];
    return kind === undefined || newTables.has(fact.relation)
      ? []
      : [{ kind, name: fact.name, relation: fact.relation }];
  });
}
