import type { ExpectEntry, StorageEntry, TableEntry } from '../definition.ts';
import type { Place } from '../model.ts';
import type { SchemaTable } from '../schema/schema.ts';

import type { Demand } from './shared-columns.ts';

/** What a table is assembled from. */
export interface TableSource {
  readonly table: SchemaTable;
  readonly entry: TableEntry | undefined;
  readonly storage: StorageEntry | undefined;
  readonly expect: ExpectEntry | undefined;
  /** Whether something in the column's entry could not be read. */
  readonly isBroken: (column: string) => boolean;
  readonly defaultNullFrac: number;
  readonly foreignKeys: ForeignKeys;
  /** Display names of all tables. */
  readonly tables: readonly string[];
  /** Of the table's number of rows. */
  readonly at: Place;
  readonly placeOf: (column: string) => Place;
  /** An issue about a line of the schema. */
  readonly reportSchema: (line: number, path: string, message: string, hint: string) => void;
}

/** The keys that the columns of a table's foreign keys refer to. */
export interface ForeignKeys {
  /** By the foreign key that decides about the column. */
  readonly of: (column: string) => KeyReference | undefined;
  /**
   * What children with several foreign keys through this column need of it: that it is spread over its own parent, or
   * that it has one value in all rows.
   */
  readonly demandOn: (column: string) => Demand | undefined;
}

export interface KeyReference {
  /** `customers.id`. */
  readonly key: string;
  /** The same for all columns of one foreign key, so that they refer to one row. */
  readonly draw: string;
  /** The column of this table that says to whom the row belongs, where the parent must belong to the same. */
  readonly owner: { readonly key: string; readonly draw: string } | undefined;
}
