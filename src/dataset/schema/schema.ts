import type { SqlNode } from '../../postgres/index.ts';
import type { ColumnType } from '../column-type.ts';

import type { Constant } from './nodes.ts';

/** What a schema's SQL says about the tables that can hold rows. Partitions stand behind their parent. */
export interface Schema {
  readonly tables: readonly SchemaTable[];
  /** Display names of all partitioned tables. */
  readonly partitioned: readonly string[];
}

export interface SchemaTable {
  readonly schema: string;
  readonly name: string;
  readonly display: string;
  /** From 1. */
  readonly line: number;
  /** Undefined: not partitioned. */
  readonly partitions: Partitions | undefined;
  readonly columns: readonly SchemaColumn[];
  readonly primaryKey: readonly string[];
  /** Primary key, UNIQUE constraints and plain unique indexes. */
  readonly uniques: readonly UniqueKey[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly Check[];
  readonly exclusions: readonly Exclusion[];
}

/** No two rows for which all operators hold. */
export interface Exclusion {
  readonly name: string;
  readonly elements: readonly { readonly column: string | undefined; readonly operator: string }[];
}

/** Undefined bounds are MINVALUE and MAXVALUE; the upper one is exclusive. */
export interface Partition {
  readonly schema: string;
  readonly name: string;
  readonly display: string;
  readonly isDefault: boolean;
  readonly lower: Constant | undefined;
  readonly upper: Constant | undefined;
}

export interface Partitions {
  readonly strategy: 'range' | 'list' | 'hash';
  /** The single plain column by which it is partitioned. */
  readonly column: string | undefined;
  readonly parts: Partition[];
  /** Bounds of the partitions that the schema makes, in no order. */
  readonly lower: Constant[];
  readonly upper: Constant[];
  readonly values: Constant[];
}

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** An index with a WHERE: only the rows for which it holds must differ. */
  readonly partial: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** Display name. */
  readonly target: string;
  /** Empty: nobody wrote them, and the target has no primary key. */
  readonly targetColumns: readonly string[];
  readonly line: number;
}

export interface Check {
  readonly name: string;
  readonly expression: SqlNode;
  readonly line: number;
  /** Where `VALUE` stands for this column: a domain's check. */
  readonly domainColumn?: string;
}

export interface SchemaColumn {
  readonly name: string;
  readonly type: DeclaredType;
  readonly notNull: boolean;
  readonly filler: Filler;
  readonly line: number;
}

export type DeclaredType =
  | { readonly kind: 'known'; readonly type: ColumnType }
  /** No generator for it. */
  | { readonly kind: 'unknown'; readonly name: string };

/** What fills the column where an INSERT leaves it out. */
export type Filler =
  | { readonly kind: 'none' }
  /** Identity, serial, or nextval(). */
  | { readonly kind: 'sequence' }
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'expression' }
  /** GENERATED ALWAYS AS (…): may not be filled. */
  | { readonly kind: 'generated' };
