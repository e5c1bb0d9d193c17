import { Failure } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/index.ts';
import { microsecondsPerUnit } from '../cells/numbers.ts';
import { isInteger, isTime } from '../column-type.ts';
import type { Generator } from '../generator.ts';
import { literal } from '../literal.ts';
import type { PartitionRoute, PartitionRoutes, ResolvedColumn, Table } from '../model.ts';
import { columnCell } from '../sampler.ts';
import type { Constant } from '../schema/nodes.ts';
import type { Partition } from '../schema/schema.ts';

import { resolveColumn } from './columns.ts';
import type { Resolving } from './resolving.ts';

/**
 * Which rows go to which partition, where that follows from the row number: the table is partitioned by ranges of one
 * column, and its values never fall from row to row.
 */
export function partitionRoutes(table: Table, resolving: Resolving): PartitionRoutes | undefined {
  const { partitions } = table;
  if (partitions?.strategy !== 'range' || partitions.column === undefined) return undefined;
  const name = partitions.column;
  if (!table.columns.some((column) => column.name === name)) return undefined;
  const column = resolveColumn(`${table.display}.${name}`, resolving);
  const isNested = partitions.parts.some((part) => resolving.dataset.partitioned.includes(part.display));
  if (isNested || column.nullFrac > 0 || !neverFalls(column.generator)) return undefined;
  const bounds = partitions.parts.flatMap((part) => (part.isDefault ? [] : boundsOf(part, column)));
  if (bounds.length < partitions.parts.filter((part) => !part.isDefault).length) return undefined;
  const rest = partitions.parts.find((part) => part.isDefault);
  return routesOf(bounds, { table, column, rest });
}

function neverFalls(generator: Generator<ResolvedColumn>): boolean {
  if (generator.kind === 'sequence') return generator.step > 0;
  return generator.kind === 'series' && generator.jitter === undefined;
}

interface Bounds {
  readonly part: Partition;
  /** First value that belongs to it, and the first that does not any more. */
  readonly from: number;
  readonly to: number;
}

function boundsOf(part: Partition, column: ResolvedColumn): readonly Bounds[] {
  const from = part.lower === undefined ? -Infinity : boundValue(part.lower, column);
  const to = part.upper === undefined ? Infinity : boundValue(part.upper, column);
  return from === undefined || to === undefined ? [] : [{ part, from, to }];
}

function boundValue(bound: Constant, { type }: ResolvedColumn): number | undefined {
  if (!isTime(type) && !isInteger(type)) return undefined;
  const read = literal(type, bound);
  return read.ok && typeof read.value === 'number' ? read.value : undefined;
}

interface Routing {
  readonly table: Table;
  readonly column: ResolvedColumn;
  /** The default partition. */
  readonly rest: Partition | undefined;
}

function routesOf(bounds: readonly Bounds[], routing: Routing): PartitionRoutes {
  const { column, rest } = routing;
  const { value } = columnCell(column);
  const routes: PartitionRoute[] = [];
  const add = (part: Partition | undefined, from: number, to: number): void => {
    if (from >= to) return;
    if (part === undefined) refuse(routing, Number(value(from)));
    const sqlName = `${quoteIdentifier(part.schema)}.${quoteIdentifier(part.name)}`;
    routes.push({ sqlName, display: part.display, from, to });
  };
  let row = 0;
  for (const { part, from, to } of bounds.toSorted((one, other) => one.from - other.from)) {
    const first = firstRowFrom(from, column, value);
    const end = firstRowFrom(to, column, value);
    add(rest, row, first);
    add(part, Math.max(row, first), end);
    row = Math.max(row, end);
  }
  add(rest, row, column.rows);
  return routes;
}

/** By bisection: the values never fall. */
function firstRowFrom(bound: number, { rows }: ResolvedColumn, value: (row: number) => unknown): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (Number(value(middle)) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function refuse({ table, column }: Routing, value: number): never {
  const shown = isTime(column.type)
    ? new Date((value * microsecondsPerUnit(column.type)) / 1_000 + Date.UTC(2000, 0, 1)).toISOString()
    : String(value);
  throw new Failure('dataset.impossible', {
    message: `${table.display}: no partition takes rows with ${column.name} ${shown}, and there is no default partition`,
    hint: `let the generator of ${column.name} stay within the partitions`,
  });
}
