import { formatCount } from '../units.ts';

import { INTEGER_RANGES, isInteger } from './column-type.ts';
import { PARENTS_PER_BLOCK } from './fan-out.ts';
import type { Column, Table, TableLayout } from './model.ts';
import { tableOf } from './spec/unique.ts';

/** The most rows that a table can have, and why. */
export interface Capacity {
  readonly rows: number;
  /** Continues "… is to have n rows, but". */
  readonly reason: string;
}

/** Undefined where nothing limits the rows. `rowCounts`: of all tables, by display name. */
export function capacityOf(table: Table, rows: number, rowCounts: ReadonlyMap<string, number>): Capacity | undefined {
  const limits = [
    ...table.columns.flatMap((column) => columnCapacity(column, table, rows, rowCounts) ?? []),
    ...(layoutCapacity(table, rowCounts) ?? []),
  ];
  return limits.toSorted((one, other) => one.rows - other.rows)[0];
}

function columnCapacity(column: Column, table: Table, rows: number, rowCounts: ReadonlyMap<string, number>): Capacity | undefined {
  const { generator, name, type } = column;
  switch (generator.kind) {
    case 'reference': {
      const parent = tableOf(generator.key);
      const parents = parent === table.display ? rows : (rowCounts.get(parent) ?? 0);
      if (parents === 0 && rows > 0 && column.nullFrac === 0) return { rows: 0, reason: `${name} refers to ${parent}, which has no rows` };
      if (generator.pick.kind === 'spread') return { rows: parents, reason: `${name} is unique and ${parent} has only ${formatCount(parents)} rows` };
      return generator.pick.kind === 'partner' ? partnerCapacity(parents, `${parent} has only ${formatCount(parents)} rows`, table, rowCounts) : undefined;
    }
    case 'distinct-choice':
      return partnerCapacity(generator.values.length, `${name} has only ${generator.values.length} values`, table, rowCounts);
    case 'permuted': {
      const most = Math.max(0, generator.max - generator.min + 1);
      return { rows: most, reason: `${name} is unique and there are only ${formatCount(most)} numbers from ${generator.min} to ${generator.max}` };
    }
    case 'sequence': {
      const highest = isInteger(type) ? INTEGER_RANGES[type.kind][1] : Number.MAX_SAFE_INTEGER;
      const most = generator.step <= 0 ? Infinity : Math.floor((highest - generator.start) / generator.step) + 1;
      return { rows: most, reason: `${name} counts from ${generator.start} by ${generator.step} and its type ends at ${highest}` };
    }
    case 'code':
      return { rows: 36 ** (generator.max ?? 9), reason: `${name} is unique and has only ${generator.max ?? 9} characters` };
    case 'constant':
    case 'number':
    case 'boolean':
    case 'uuid':
    case 'choice':
    case 'faker':
    case 'text':
    case 'bytes':
    case 'inet':
    case 'series':
    case 'after':
    case 'json':
    case 'array':
    case 'ordinal':
      return undefined;
  }
}

/** Each parent of the layout can have each partner once. */
function partnerCapacity(partners: number, why: string, { layout }: Table, rowCounts: ReadonlyMap<string, number>): Capacity {
  if (layout.kind === 'independent') return { rows: partners, reason: `its key must be unique and ${why}` };
  const parents = rowCounts.get(layout.parent) ?? 0;
  const share = layout.kind === 'clustered' ? 1 - layout.fanout.childless : 1;
  const most = Math.floor(parents * share * partners * evenness(layout, parents));
  return { rows: most, reason: `its key must be unique, ${layout.parent} has ${formatCount(parents)} rows and ${why}: at most ${formatCount(most)} pairs` };
}

/** Rounding gives a parent one child more than the mean; of a block, one parent more may be childless. */
function evenness(layout: TableLayout, parents: number): number {
  if (layout.kind !== 'clustered') return 1;
  const block = Math.min(PARENTS_PER_BLOCK, Math.max(1, parents));
  return Math.max(0, (block - 2) / block);
}

function layoutCapacity({ layout, size }: Table, rowCounts: ReadonlyMap<string, number>): readonly Capacity[] | undefined {
  if (layout.kind !== 'clustered' || size.kind !== 'per') return undefined;
  const { min, childless } = layout.fanout;
  if (min * (1 - childless) <= size.mean) return undefined;
  const parents = rowCounts.get(layout.parent) ?? 0;
  return [{ rows: 0, reason: `fanout asks for a mean of ${size.mean}, which ${formatCount(parents)} parents with at least ${min} rows each and ${childless * 100} % without any exceed (${min * (1 - childless)})` }];
}

