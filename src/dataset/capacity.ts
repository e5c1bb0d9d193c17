import { formatCount } from '../units.ts';

import { INTEGER_RANGES, isInteger } from './column-type.ts';
import { PARENTS_PER_BLOCK } from './fan-out.ts';
import type { Generator } from './generator.ts';
import { match, type Cases } from './match.ts';
import type { Column, Table, TableLayout } from './model.ts';
import { tableOf } from './spec/unique.ts';

/** The most rows that a table can have, and why. */
export interface Capacity {
  readonly rows: number;
  /** Continues "… is to have n rows, but". */
  readonly reason: string;
}

/** Everything that limits the rows to fewer than these, tightest first. `rowCounts`: of all tables, by display name. */
export function limitsBelow(
  rows: number,
  table: Table,
  rowCounts: ReadonlyMap<string, number>,
): readonly Capacity[] {
  const limits = [
    ...table.columns
      .filter(isFirstOfKey)
      .flatMap((column) => columnCapacity({ column, table, rows, rowCounts }) ?? []),
    ...(layoutCapacity(table, rowCounts) ?? []),
  ];
  return limits.filter((limit) => limit.rows < rows).toSorted((one, other) => one.rows - other.rows);
}

/** The columns of one foreign key are limited alike. */
function isFirstOfKey({ generator }: Column, place: number, columns: readonly Column[]): boolean {
  if (generator.kind !== 'reference') return true;
  const { draw, pick } = generator;
  const isSame = (one: Generator<string>): boolean =>
    one.kind === 'reference' && one.draw === draw && one.pick.kind === pick.kind;
  return columns.findIndex((column) => isSame(column.generator)) === place;
}

interface Place {
  readonly column: Column;
  readonly table: Table;
  readonly rows: number;
  readonly rowCounts: ReadonlyMap<string, number>;
}

function columnCapacity(place: Place): Capacity | undefined {
  return match(place.column.generator, CAPACITIES, place);
}

const unlimited = (): undefined => undefined;

const CAPACITIES: Cases<Generator<string>, Place, Capacity | undefined> = {
  reference: referenceCapacity,
  'distinct-choice': ({ values }, { column, table, rowCounts }) =>
    partnerCapacity(values.length, `${column.name} has only ${values.length} values`, table, rowCounts),
  permuted: ({ min, max }, { column }) => {
    const most = Math.max(0, max - min + 1);
    return {
      rows: most,
      reason: `${column.name} is unique and there are only ${formatCount(most)} numbers from ${min} to ${max}`,
    };
  },
  sequence: ({ start, step }, { column: { name, type } }) => {
    const highest = isInteger(type) ? INTEGER_RANGES[type.kind][1] : Number.MAX_SAFE_INTEGER;
    const most = step <= 0 ? Infinity : Math.floor((highest - start) / step) + 1;
    return { rows: most, reason: `${name} counts from ${start} by ${step} and its type ends at ${highest}` };
  },
  code: ({ max = 9 }, { column }) => ({
    rows: 36 ** max,
    reason: `${column.name} is unique and has only ${max} ${max === 1 ? 'character' : 'characters'}`,
  }),
  constant: unlimited,
  number: unlimited,
  boolean: unlimited,
  uuid: unlimited,
  choice: unlimited,
  faker: unlimited,
  text: unlimited,
  bytes: unlimited,
  inet: unlimited,
  series: unlimited,
  after: unlimited,
  json: unlimited,
  array: unlimited,
  ordinal: unlimited,
  special: unlimited,
  range: unlimited,
  record: unlimited,
  branch: unlimited,
  indexed: unlimited,
};

function referenceCapacity(
  { key, pick }: Extract<Generator<string>, { kind: 'reference' }>,
  { column, table, rows, rowCounts }: Place,
): Capacity | undefined {
  const parent = tableOf(key);
  const parents = parent === table.display ? rows : (rowCounts.get(parent) ?? 0);
  const found = `${parent} has only ${formatCount(parents)} rows`;
  if (parents === 0 && rows > 0 && column.nullFrac === 0)
    return { rows: 0, reason: `${column.name} refers to ${parent}, which has no rows` };
  if (pick.kind === 'spread') return { rows: parents, reason: `${column.name} is unique and ${found}` };
  return pick.kind === 'partner' ? partnerCapacity(parents, found, table, rowCounts) : undefined;
}

/** Each parent of the layout can have each partner once. */
function partnerCapacity(
  partners: number,
  why: string,
  { layout }: Table,
  rowCounts: ReadonlyMap<string, number>,
): Capacity {
  if (layout.kind === 'independent') return { rows: partners, reason: `its key must be unique and ${why}` };
  const parents = rowCounts.get(layout.parent) ?? 0;
  const share = layout.kind === 'clustered' ? 1 - layout.fanout.childless : 1;
  const most = Math.floor(parents * share * partners * evenness(layout, parents));
  return {
    rows: most,
    reason: `its key must be unique, ${layout.parent} has ${formatCount(parents)} rows and ${why}: at most ${formatCount(most)} pairs`,
  };
}

/** Rounding gives a parent one child more than the mean; of a block, one parent more may be childless. */
function evenness(layout: TableLayout, parents: number): number {
  if (layout.kind !== 'clustered') return 1;
  const block = Math.min(PARENTS_PER_BLOCK, Math.max(1, parents));
  return Math.max(0, (block - 2) / block);
}

function layoutCapacity(
  { layout, size }: Table,
  rowCounts: ReadonlyMap<string, number>,
): readonly Capacity[] | undefined {
  if (layout.kind !== 'clustered' || size.kind !== 'per') return undefined;
  const { min, max = Infinity, childless } = layout.fanout;
  if (max * (1 - childless) < size.mean)
    return [
      {
        rows: 0,
        reason: `fanout asks for a mean of ${size.mean}, which at most ${max} rows for each of the ${Math.round((1 - childless) * 100)} % of the parents with any do not give (${max * (1 - childless)})`,
      },
    ];
  if (min * (1 - childless) <= size.mean) return undefined;
  const parents = rowCounts.get(layout.parent) ?? 0;
  return [
    {
      rows: 0,
      reason: `fanout asks for a mean of ${size.mean}, which ${formatCount(parents)} parents with at least ${min} rows each and ${childless * 100} % without any exceed (${min * (1 - childless)})`,
    },
  ];
}
