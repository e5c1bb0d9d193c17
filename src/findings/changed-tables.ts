import type { Result } from '../result/index.ts';

import { plainName } from './plain-name.ts';

/** Tables whose definition, indexes or rows the migration changed. */
export function changedTables({ aftermath, migration }: Result): ReadonlySet<string> {
  const defined = (aftermath?.schemaChanges ?? []).map(({ fact }) =>
    fact.relation === '' ? fact.name : fact.relation,
  );
  const written = (migration?.steps ?? []).flatMap(({ backfill, statements }) => [
    ...(backfill === undefined ? [] : [plainName(backfill.table)]),
    ...statements.flatMap(({ rewritten, locks }) => [
      ...rewritten.map(({ relation }) => relation),
      ...locks.filter(({ mode }) => mode !== 'AccessShareLock').map(({ relation }) => relation),
    ]),
  ]);
  return new Set([...defined, ...written]);
}
