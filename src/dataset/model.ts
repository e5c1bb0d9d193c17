import type { Issue } from '../errors.ts';

import type { ColumnType } from './column-type.ts';
import type { Generator } from './generator.ts';
import type { Constant } from './schema/nodes.ts';
import type { Check, Partitions, UniqueKey } from './schema/schema.ts';

/** Part of every fingerprint: raise it when any generator yields other values than before. */
export const GENERATOR_VERSION = 2;

/** A dataset file and its schema, checked and with every default filled in. Plain data. */
export interface Dataset {
  /** File name without its ending. */
  readonly name: string;
  readonly file: string;
  readonly seed: number;
  readonly schema: SchemaText;
  /** Parents before their children, as far as there is no cycle. */
  readonly tables: readonly Table[];
  /** Display names of the partitioned tables, partitions that are partitioned themselves included. */
  readonly partitioned: readonly string[];
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

/** Where something stands: in the dataset file, or in the schema where the file says nothing of it. */
export type Place = Pick<Issue, 'file' | 'line' | 'path'>;

export interface Table {
  readonly at: Place;
  readonly schema: string;
  readonly name: string;
  /** `orders`, or `sales.orders` outside `public`. */
  readonly display: string;
  readonly size: TableSize;
  readonly layout: TableLayout;
  /** Those that COPY fills. */
  readonly columns: readonly Column[];
  readonly partitioned: boolean;
  readonly partitions: Partitions | undefined;
  readonly storage: ResolvedStorage;
  readonly expect: TableExpectation;
  readonly checks: readonly Check[];
  /** Unique keys that hold by chance at best. */
  readonly unsolved: readonly UniqueKey[];
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
  /** Undefined: no limit. */
  readonly max: number | undefined;
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
  readonly at: Place;
  readonly name: string;
  readonly type: ColumnType;
  readonly nullFrac: number;
  readonly generator: Generator<string>;
  readonly notNull: boolean;
  /** The file says how its values come about. */
  readonly explicit: boolean;
  /** Undefined: no DEFAULT, or an expression. */
  readonly constantDefault: Constant | undefined;
  readonly asked: {
    readonly correlation: number | undefined;
    /** With pg_stats' sign. */
    readonly distinct: number | undefined;
    readonly unique: boolean;
  };
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
  readonly storage: ResolvedStorage;
  readonly expect: TableExpectation;
  /** Undefined: rows go in through the table itself, also where it is partitioned. */
  readonly routes: PartitionRoutes | undefined;
}

/** The physical state that the file asks for. */
export interface ResolvedStorage {
  /** Percent, 10 to 100; undefined: what the schema says. */
  readonly fillfactor: number | undefined;
  /** Share of all tuples, live and dead. */
  readonly deadTuples: number;
  /** Share of each page that is left empty. */
  readonly freeSpace: number;
  /** Of all columns; undefined: the server's default. */
  readonly statisticsTarget: number | undefined;
}

/** What the file wants to see after loading; undefined where it says nothing. */
export interface TableExpectation {
  readonly rows: Expectation | undefined;
  /** Share of the heap's pages that are all-visible. */
  readonly allVisible: Expectation | undefined;
  /** Share of all tuples. */
  readonly deadTuples: Expectation | undefined;
  readonly columns: readonly ColumnExpectation[];
}

export interface ColumnExpectation {
  readonly column: string;
  readonly correlation: Expectation | undefined;
  readonly nullFrac: Expectation | undefined;
  /** With pg_stats' sign: negative is a share of the rows. */
  readonly nDistinct: Expectation | undefined;
  /** Bytes. */
  readonly avgWidth: Expectation | undefined;
}

/** An interval; both ends belong to it, infinite where open. */
export interface Expectation {
  readonly min: number;
  readonly max: number;
  /** As it stands in the file, for messages. */
  readonly written: string;
}

/** Leaf partitions in the order of their rows; they cover all rows of the table without gap. */
export type PartitionRoutes = readonly PartitionRoute[];

/** The rows [from, to) of the partitioned table. */
export interface PartitionRoute {
  /** Quoted, with its schema. */
  readonly sqlName: string;
  readonly display: string;
  readonly from: number;
  readonly to: number;
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
  /** For the state card. */
  readonly asked: AskedStatistics;
}

/** What the file or a key asks of the values, at this scale; undefined where nobody asks. */
export interface AskedStatistics {
  readonly nullFrac: number;
  /** Number of distinct values, NULL not counted. */
  readonly nDistinct: number | undefined;
  /** As pg_stats has it, -1 to 1. */
  readonly correlation: number | undefined;
  readonly unique: boolean;
}

export type ResolvedLayout =
  | { readonly kind: 'independent' }
  | { readonly kind: 'spread'; readonly parents: number }
  | { readonly kind: 'clustered'; readonly parents: number; readonly fanout: FanOut };
