import { Failure } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';

import { capacityOf } from './capacity.ts';
import { bytesPerRow } from './estimate.ts';
import { fingerprint } from './fingerprint.ts';
import type { Dataset, ResolvedDataset, ResolvedTable, Table } from './model.ts';
import { firstRepeat, keepChecks } from './resolve/checks.ts';
import { resolveColumn, rowsOf } from './resolve/columns.ts';
import type { Resolving } from './resolve/resolving.ts';
import { partitionRoutes } from './resolve/routes.ts';

export interface ResolveOptions {
  /** Multiplies the row counts of tables with `scale: linear`. */
  readonly scale: number;
  /** Instead of the file's. */
  readonly seed?: number | undefined;
}

/** Throws `Failure('dataset.impossible')` where no rows can satisfy what is asked, with the arithmetic. */
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
  };
  for (const table of dataset.tables) limitRows(table, resolving);
  const problems = dataset.tables.flatMap((table) => [
    ...keepUniqueKeys(table, resolving),
    ...keepChecks(table, resolving),
  ]);
  if (problems.length > 0) refuse(problems, dataset);
  const tables = dataset.tables.map((table) => resolveTable(table, atScale1, resolving));
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

const MOST_SHOWN = 20;

function refuse(problems: readonly string[], dataset: Dataset): never {
  const shown = problems.slice(0, MOST_SHOWN);
  const more = problems.length - shown.length;
  throw new Failure('dataset.impossible', {
    message: [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    where: dataset.file,
    hint: 'name generators for these columns in the dataset file, or `rows: 0` for the table',
  });
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
    routes: partitionRoutes(table, resolving),
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

/** Where the file names the number of rows it must be possible; a default number is cut to what is. */
function limitRows(table: Table, resolving: Resolving): void {
  // Again, because a parent's default rows may have been cut since.
  const rows = rowCount(table, resolving.scale, resolving.rows);
  resolving.rows.set(table.display, rows);
  const capacity = capacityOf(table, rows, resolving.rows);
  if (capacity === undefined || capacity.rows >= rows) return;
  if (isStated(table)) {
    throw new Failure('dataset.impossible', {
      message: `${table.display} is to have ${rows} rows, but ${capacity.reason}`,
      where: `${resolving.dataset.file}, table ${table.display}`,
      hint: 'ask for fewer rows of it, or for more rows of the tables that it refers to',
    });
  }
  resolving.rows.set(table.display, capacity.rows);
  resolving.notes.push(`${table.display}: ${capacity.rows} rows, because ${capacity.reason}`);
}

const isStated = ({ size }: Table): boolean => size.kind === 'per' || size.stated;

/** Keys that no construction keeps are tried out; a table whose rows nobody counted becomes small enough for them. */
function keepUniqueKeys(table: Table, resolving: Resolving): readonly string[] {
  if (table.unsolved.length === 0) return [];
  const asked = rowsOf(table.display, resolving);
  for (;;) {
    const rows = rowsOf(table.display, resolving);
    const repeat = firstRepeat(table, (column) =>
      resolveColumn(`${table.display}.${column.name}`, resolving),
    );
    if (repeat === undefined) {
      if (rows < asked)
        resolving.notes.push(`${table.display}: ${rows} rows, because more would repeat in a unique key`);
      return [];
    }
    const { key } = repeat;
    if (isStated(table))
      return key.partial
        ? []
        : [
            `${table.display}: rows ${repeat.row + 1} and before have the same (${key.columns.join(', ')}), which ${key.name} wants unique`,
          ];
    resolving.rows.set(table.display, Math.floor(rows / 2));
    resolving.columns.clear();
  }
}
