import type { ColumnType } from './column-type.ts';
import type { Generator } from './generator.ts';

/** Part of every fingerprint: raise it when any generator yields other values than before. */
export const GENERATOR_VERSION = 1;

/** A dataset file and its schema, checked and with every default filled in. Plain data. */
export interface Dataset {
  /** File name without its ending. */
  readonly name: string;
  readonly file: string;
  readonly seed: number;
  readonly schema: SchemaText;
  /** Parents before their children, as far as there is no cycle. */
  readonly tables: readonly Table[];
  /** What the reader should know before loading: constraints that were not understood, columns left NULL. */
  readonly notes: readonly string[];
}

export interface SchemaText {
  readonly file: string;
  /** Without psql's own lines. */
  readonly sql: string;
  readonly statements: readonly SchemaStatement[];
}

export interface SchemaStatement {
  readonly text: string;
  readonly line: number;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  /** `orders`, or `sales.orders` outside `public`. */
  readonly display: string;
  readonly size: TableSize;
  readonly layout: TableLayout;
  /** Those that COPY fills. */
  readonly columns: readonly Column[];
  readonly partitioned: boolean;
}

export type TableSize =
  | {
      readonly kind: 'rows';
      readonly rows: number;
      readonly scale: 'linear' | 'fixed';
      readonly stated: boolean;
    }
  /** Rows follow those of the parent. */
  | { readonly kind: 'per'; readonly parent: string; readonly mean: number };

/** How rows stand to the rows of a parent: by number of row, or with the children of one parent together. */
export type TableLayout =
  | { readonly kind: 'independent' }
  | { readonly kind: 'spread'; readonly parent: string }
  | { readonly kind: 'clustered'; readonly parent: string; readonly fanout: FanOut };

export interface FanOut {
  readonly min: number;
  /** Share of the parents without children. */
  readonly childless: number;
  readonly weight: FanOutWeight;
}

/** How unevenly the children of a block of parents are shared out. */
export type FanOutWeight =
  | { readonly kind: 'even' }
  | { readonly kind: 'exponential' }
  /** Weight u^(−exponent). */
  | { readonly kind: 'zipfian'; readonly exponent: number };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullFrac: number;
  readonly generator: Generator<string>;
}

/** A dataset at one scale and seed. Plain data: it is hashed, and cloned into worker threads. */
export interface ResolvedDataset {
  readonly name: string;
  readonly file: string;
  readonly seed: number;
  readonly scale: number;
  readonly schemaFile: string;
  readonly schemaSql: string;
  readonly schemaStatements: readonly SchemaStatement[];
  /** In load order: parents first. */
  readonly tables: readonly ResolvedTable[];
  /** Canonical text of everything that shapes the content; equal texts, equal rows. */
  readonly fingerprint: string;
  readonly notes: readonly string[];
}

export interface ResolvedTable {
  readonly schema: string;
  readonly name: string;
  readonly display: string;
  /** Quoted, with its schema. */
  readonly sqlName: string;
  readonly partitioned: boolean;
  readonly rows: number;
  readonly rowsAtScale1: number;
  readonly columns: readonly ResolvedColumn[];
  /** Estimate: heap, TOAST included, indexes not. */
  readonly bytesPerRow: number;
}

/** Everything that is needed to compute any value of the column. */
export interface ResolvedColumn {
  /** Display name of its table. */
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
  /** Of its table. */
  readonly rows: number;
  readonly seed: number;
  readonly nullFrac: number;
  readonly layout: ResolvedLayout;
  readonly generator: Generator<ResolvedColumn>;
}

export type ResolvedLayout =
  | { readonly kind: 'independent' }
  | { readonly kind: 'spread'; readonly parents: number }
  | { readonly kind: 'clustered'; readonly parents: number; readonly fanout: FanOut };
