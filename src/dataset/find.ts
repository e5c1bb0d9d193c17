import type { Dataset, ResolvedColumn, ResolvedDataset } from './model.ts';

/** The column at `orders.id` or `sales.orders.id`; undefined where the dataset fills no such column. */
export function findColumn(dataset: ResolvedDataset, address: string): ResolvedColumn | undefined {
  return allColumns(dataset).find((column) => addressOf(column) === address);
}

/** Addresses of all columns that the dataset fills. */
export function columnNames({ tables }: Dataset): readonly string[] {
  return tables.flatMap(({ display, columns }) => columns.map(({ name }) => `${display}.${name}`));
}

const allColumns = (dataset: ResolvedDataset): readonly ResolvedColumn[] =>
  dataset.tables.flatMap((table) => table.columns);

const addressOf = (column: ResolvedColumn): string => `${column.table}.${column.name}`;
