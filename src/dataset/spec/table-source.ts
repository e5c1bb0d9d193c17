import type { TableEntry } from '../definition.ts';
import type { SchemaTable } from '../schema/schema.ts';

/** What a table is assembled from. */
export interface TableSource {
  readonly table: SchemaTable;
  readonly entry: TableEntry | undefined;
  /** Whether something in the column's entry could not be read. */
  readonly isBroken: (column: string) => boolean;
  readonly defaultNullFrac: number;
  readonly foreignKeys: ForeignKeys;
  /** Display names of all tables. */
  readonly tables: readonly string[];
  /** An issue about a line of the schema. */
  readonly reportSchema: (line: number, path: string, message: string, hint: string) => void;
}

/** The keys that the columns of a table's foreign keys refer to. */
export interface ForeignKeys {
  /** By the first foreign key that the column belongs to. */
  readonly of: (column: string) => KeyReference | undefined;
}

export interface KeyReference {
  /** `customers.id`. */
  readonly key: string;
  /** The same for all columns of one foreign key, so that they refer to one row. */
  readonly draw: string;
}
