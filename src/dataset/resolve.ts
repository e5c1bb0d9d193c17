import { Failure } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';

import { capacityOf } from './capacity.ts';
import { bytesPerRow } from './estimate.ts';
import { fingerprint } from './fingerprint.ts';
import type { Generator, JsonTemplate } from './generator.ts';
import type {
  Dataset,
  ResolvedColumn,
  ResolvedDataset,
  ResolvedLayout,
  ResolvedTable,
  Table,
} from './model.ts';

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
  const notes = [...dataset.notes];
  const atScale1 = rowCounts(dataset.tables, 1);
  const rows = rowCounts(dataset.tables, scale);
  const resolving: Resolving = { dataset, seed, scale, rows, columns: new Map() };
  for (const table of dataset.tables) limitRows(table, resolving, notes);
  const tables = dataset.tables.map((table): ResolvedTable => {
    const columns = table.columns.map((column) =>
      resolveColumn(`${table.display}.${column.name}`, resolving),
    );
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
    };
  });
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
    notes,
  };
  return { ...content, fingerprint: fingerprint(content) };
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

interface Resolving {
  readonly dataset: Dataset;
  readonly seed: number;
  readonly scale: number;
  readonly rows: Map<string, number>;
  /** By address, as far as they are resolved. */
  readonly columns: Map<string, ResolvedColumn>;
}

const rowsOf = (table: string, { rows }: Resolving): number => rows.get(table) ?? 0;

/** Where the file names the number of rows it must be possible; a default number is cut to what is. */
function limitRows(table: Table, resolving: Resolving, notes: string[]): void {
  // Again, because a parent's default rows may have been cut since.
  const rows = rowCount(table, resolving.scale, resolving.rows);
  resolving.rows.set(table.display, rows);
  const capacity = capacityOf(table, rows, resolving.rows);
  if (capacity === undefined || capacity.rows >= rows) return;
  if (table.size.kind === 'per' || table.size.stated) {
    throw new Failure('dataset.impossible', {
      message: `${table.display} is to have ${rows} rows, but ${capacity.reason}`,
      where: `${resolving.dataset.file}, table ${table.display}`,
      hint: 'ask for fewer rows of it, or for more rows of the tables that it refers to',
    });
  }
  resolving.rows.set(table.display, capacity.rows);
  notes.push(`${table.display}: ${capacity.rows} rows, because ${capacity.reason}`);
}

function resolveColumn(address: string, resolving: Resolving): ResolvedColumn {
  const known = resolving.columns.get(address);
  if (known !== undefined) return known;
  const dot = address.lastIndexOf('.');
  const table = resolving.dataset.tables.find((one) => one.display === address.slice(0, dot));
  const column = table?.columns.find((one) => one.name === address.slice(dot + 1));
  if (table === undefined || column === undefined)
    throw new Failure('bug', { message: `the dataset has no column ${address}` });
  const resolved: ResolvedColumn = {
    table: table.display,
    name: column.name,
    type: column.type,
    rows: rowsOf(table.display, resolving),
    seed: resolving.seed,
    nullFrac: column.nullFrac,
    layout: resolveLayout(table, resolving),
    generator: resolveGenerator(column.generator, (key) => resolveColumn(key, resolving)),
  };
  resolving.columns.set(address, resolved);
  return resolved;
}

function resolveLayout({ layout }: Table, resolving: Resolving): ResolvedLayout {
  switch (layout.kind) {
    case 'independent':
      return layout;
    case 'spread':
      return { kind: 'spread', parents: rowsOf(layout.parent, resolving) };
    case 'clustered':
      return { kind: 'clustered', parents: rowsOf(layout.parent, resolving), fanout: layout.fanout };
  }
}

type Find = (key: string) => ResolvedColumn;

function resolveGenerator(generator: Generator<string>, find: Find): Generator<ResolvedColumn> {
  if (generator.kind === 'reference') return { ...generator, key: find(generator.key) };
  if (generator.kind === 'after') return { ...generator, base: find(generator.base) };
  if (generator.kind === 'array') return { ...generator, of: resolveGenerator(generator.of, find) };
  return generator.kind === 'json'
    ? { ...generator, template: resolveTemplate(generator.template, find) }
    : generator;
}

function resolveTemplate(template: JsonTemplate<string>, find: Find): JsonTemplate<ResolvedColumn> {
  switch (template.kind) {
    case 'literal':
      return template;
    case 'object':
      return {
        kind: 'object',
        entries: template.entries.map(({ key, value }) => ({ key, value: resolveTemplate(value, find) })),
      };
    case 'list':
      return { kind: 'list', items: template.items.map((item) => resolveTemplate(item, find)) };
    case 'value':
      return { ...template, generator: resolveGenerator(template.generator, find) };
  }
}
