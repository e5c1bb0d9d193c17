import type { Value } from '../generator.ts';
import type { ResolvedColumn } from '../model.ts';
import { columnNamesIn } from '../schema/columns-in.ts';
import type { Check } from '../schema/schema.ts';

import { evaluator, type Evaluate } from './evaluate.ts';
import { sqlValue, UNKNOWN, type SqlValue } from './sql-value.ts';

/** What may stand in a column instead of generated values. */
export interface Candidate {
  readonly column: string;
  /** In order of preference, behind the generated values. */
  readonly instead: readonly Value[];
}

export type Satisfied =
  | { readonly kind: 'holds' }
  | { readonly kind: 'not understood' }
  /** Where these columns have one value each. */
  | { readonly kind: 'with'; readonly fixed: ReadonlyMap<string, Value> }
  | { readonly kind: 'broken'; readonly row: number; readonly values: ReadonlyMap<string, SqlValue> };

export interface Rows {
  /** Rows that are looked at. */
  readonly numbers: readonly number[];
  readonly columns: readonly ResolvedColumn[];
  readonly valueOf: (column: ResolvedColumn, row: number) => Value;
}

const MOST_TRIES = 512;

/** Whether sampled rows keep a check; else the fewest columns that keep it with one value for all rows. */
export function satisfy(check: Check, rows: Rows, candidates: readonly Candidate[]): Satisfied {
  const names = columnNamesIn(check.expression).map((name) =>
    name === 'value' && check.domainColumn !== undefined ? check.domainColumn : name,
  );
  const columns = rows.columns.filter((column) => names.includes(column.name));
  const tried = { evaluate: evaluator(check.expression), domainColumn: check.domainColumn };
  const broken = firstBroken(tried, columns, rows, new Map());
  if (broken === undefined) return { kind: 'holds' };
  if (broken === UNKNOWN) return { kind: 'not understood' };
  const free = candidates.filter(({ column }) => names.includes(column));
  for (const fixed of combinations(free).slice(0, MOST_TRIES))
    if (firstBroken(tried, columns, rows, fixed) === undefined) return { kind: 'with', fixed };
  return { kind: 'broken', row: broken.row, values: broken.values };
}

interface Tried {
  readonly evaluate: Evaluate;
  readonly domainColumn: string | undefined;
}

interface Broken {
  readonly row: number;
  readonly values: ReadonlyMap<string, SqlValue>;
}

function firstBroken(
  { evaluate, domainColumn }: Tried,
  columns: readonly ResolvedColumn[],
  { numbers, valueOf }: Rows,
  fixed: ReadonlyMap<string, Value>,
): Broken | typeof UNKNOWN | undefined {
  for (const row of numbers) {
    const values = new Map(
      columns.map((column) => {
        const value = fixed.get(column.name);
        return [column.name, sqlValue(column.type, value === undefined ? valueOf(column, row) : value)];
      }),
    );
    const outcome = evaluate((name) => {
      const value = values.get(name === 'value' && domainColumn !== undefined ? domainColumn : name);
      return value === undefined ? UNKNOWN : value;
    });
    if (outcome === UNKNOWN) return UNKNOWN;
    if (outcome === false) return { row, values };
  }
  return undefined;
}

/** All choices of replaced columns, those with the fewest first. */
function combinations(candidates: readonly Candidate[]): readonly ReadonlyMap<string, Value>[] {
  const all = candidates.reduce<readonly (readonly (readonly [string, Value])[])[]>(
    (found, { column, instead }) =>
      found.length > MOST_TRIES * 4
        ? found
        : [
            ...found,
            ...found.flatMap((chosen) => instead.map((value) => [...chosen, [column, value] as const])),
          ],
    [[]],
  );
  return all
    .slice(1)
    .toSorted((one, other) => one.length - other.length)
    .map((chosen) => new Map(chosen));
}
