import type { SchemaTable } from '../schema/schema.ts';

import type { FilledColumn } from './draft.ts';

/** Ranges that an EXCLUDE … WITH && keeps apart do not overlap in the whole table. */
export function withExclusions(
  { exclusions }: SchemaTable,
  columns: readonly FilledColumn[],
): readonly FilledColumn[] {
  const apart = exclusions.flatMap(({ elements }) =>
    elements.flatMap(({ column, operator }) => (operator === '&&' ? [column] : [])),
  );
  return columns.map((one) =>
    apart.includes(one.name) && one.generator.kind === 'range'
      ? { ...one, generator: { ...one.generator, disjoint: true } }
      : one,
  );
}
