import { impossibleDataset } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';

import { limitsBelow } from './capacity.ts';
import { bytesPerRow } from './estimate.ts';
import { fingerprint } from './fingerprint.ts';
import type { Dataset, ResolvedDataset, ResolvedTable, Table } from './model.ts';
import { HINT, keepChecks, repeatsOf } from './resolve/checks.ts';
import { resolveColumn, rowsOf } from './resolve/columns.ts';
import { attempt, complain, isImpossible, type Resolving } from './resolve/resolving.ts';
import { partitionRoutes } from './resolve/routes.ts';
import type { UniqueKey } from './schema/schema.ts';

export interface ResolveOptions {
  /** Multiplies the row counts of tables with `scale: linear`. */
  readonly scale: number;
  /** Instead of the file's. */
  readonly seed?: number | undefined;
}

/** Throws `Failure('dataset.impossible')` with everything that no rows can satisfy, each with its line and the arithmetic. */
export function resolveDataset(
  dataset: Dataset,
  { scale, seed = dataset.seed }: ResolveOptions,
): ResolvedDataset {
  const atScale1 = rowCounts(dataset.tables, 1);
  const resolving: Resolving = {
    dataset,
    tables: new Map(dataset.tables.map((table) => [table.display, table])),
    seed,
    scale,
    rows: rowCounts(dataset.tables, scale),
    columns: new Map(),
    replaced: new Map(),
    notes: [...dataset.notes],
    problems: [],
  };
  const most = new Map(dataset.tables.map((table) => [table.display, limitRows(table, resolving)]));
  // A table that is to have too many rows is judged by those that it can have; its children, by those that it is to have.
  for (const [table, rows] of most) resolving.rows.set(table, rows);
  for (const table of dataset.tables) {
    attempt(table, resolving, () => keepUniqueKeys(table, resolving));
    attempt(table, resolving, () => keepChecks(table, resolving));
  }
  const tables = dataset.tables.flatMap(
    (table) => attempt(table, resolving, () => resolveTable(table, atScale1, resolving)) ?? [],
  );
  if (resolving.problems.length > 0) throw impossibleDataset(resolving.problems.map(({ issue }) => issue));
  const { file, sql, statements } = dataset.schema;
  const content = {
    name: dataset.name,
    file: dataset.file,
    seed,
    scale,
    schemaFile: file,
    schemaSql: sql,
    schemaStatements: statements,
    tables,
    notes: resolving.notes,
  };
  return { ...content, fingerprint: fingerprint(content) };
}

function resolveTable(
  table: Table,
  atScale1: ReadonlyMap<string, number>,
  resolving: Resolving,
): ResolvedTable {
  const columns = table.columns.map((column) => resolveColumn(`${table.display}.${column.name}`, resolving));
  return {
    schema: table.schema,
    name: table.name,
    display: table.display,
    sqlName: `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
    partitioned: table.partitioned,
    rows: rowsOf(table.display, resolving),
    rowsAtScale1: atScale1.get(table.display) ?? 0,
    columns,
    bytesPerRow: bytesPerRow(columns),
    storage: table.storage,
    expect: table.expect,
    routes: isImpossible(table.display, resolving) ? undefined : partitionRoutes(table, resolving),
  };
}

/** Parents stand before their children, so `per` finds its parent's rows. */
function rowCounts(tables: readonly Table[], scale: number): Map<string, number> {
  const rows = new Map<string, number>();
  for (const table of tables) rows.set(table.display, rowCount(table, scale, rows));
  return rows;
}

function rowCount({ size }: Table, scale: number, rows: ReadonlyMap<string, number>): number {
  if (size.kind === 'per') return Math.round((rows.get(size.parent) ?? 0) * size.mean);
  return scaledRows(size.rows, size.scale === 'fixed' ? 1 : scale);
}

/** A table that has rows keeps at least one. */
const scaledRows = (rows: number, scale: number): number =>
  rows === 0 ? 0 : Math.max(1, Math.round(rows * scale));

/**
 * The rows that the table can have. Where the file names their number it must be possible; a default number is cut to
 * what is.
 */
function limitRows(table: Table, resolving: Resolving): number {
  // Again, because a parent's default rows may have been cut since.
  const rows = rowCount(table, resolving.scale, resolving.rows);
  resolving.rows.set(table.display, rows);
  const limits = limitsBelow(rows, table, resolving.rows);
  const [tightest] = limits;
  if (tightest === undefined) return rows;
  if (isStated(table))
    for (const { reason } of limits) {
      const message = `${table.display} is to have ${rows} rows, but ${reason}`;
      const hint = 'ask for fewer rows of it, or for more rows of the tables that it refers to';
      complain(table.display, { ...table.at, message, hint }, resolving);
    }
  else {
    resolving.rows.set(table.display, tightest.rows);
    resolving.notes.push(`${table.display}: ${tightest.rows} rows, because ${tightest.reason}`);
  }
  return tightest.rows;
}

const isStated = ({ size }: Table): boolean => size.kind === 'per' || size.stated;

/** Keys that no construction keeps are tried out; a table whose rows nobody counted becomes small enough for them. */
function keepUniqueKeys(table: Table, resolving: Resolving): void {
  if (table.unsolved.length === 0) return;
  const { display } = table;
  const repeats = (): ReturnType<typeof repeatsOf> =>
    repeatsOf(table, (column) => resolveColumn(`${display}.${column.name}`, resolving));
  if (isStated(table)) {
    for (const { key, row } of repeats()) if (!key.partial) complainOfKey(table, key, row, resolving);
    return;
  }
  const asked = rowsOf(display, resolving);
  while (repeats().length > 0) {
    resolving.rows.set(display, Math.floor(rowsOf(display, resolving) / 2));
    resolving.columns.clear();
  }
  const rows = rowsOf(display, resolving);
  if (rows < asked)
    resolving.notes.push(`${display}: ${rows} rows, because more would repeat in a unique key`);
}

function complainOfKey(
  { display, at, columns }: Table,
  { name, columns: members }: UniqueKey,
  row: number,
  resolving: Resolving,
): void {
  const [first] = columns.filter((column) => members.includes(column.name));
  const message = `${display}: rows ${row + 1} and before have the same (${members.join(', ')}), which ${name} wants unique`;
  complain(display, { ...(first?.at ?? at), message, hint: HINT }, resolving);
}
