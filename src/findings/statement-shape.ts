/** What a statement of a migration sets out to do, as far as a safer way is known. Names as their author spelled them. */
export type StatementShape =
  | {
      readonly kind: 'add-column';
      readonly table: string;
      readonly column: string;
      readonly type: string;
      /** Source text of the DEFAULT expression. */
      readonly default: string | undefined;
      readonly notNull: boolean;
      /** What else is asked of it, as constraints of the table. */
      readonly constraints: readonly ShapeOf<'add-constraint'>[];
      /** GENERATED ALWAYS AS (the expression) STORED, or AS IDENTITY. */
      readonly generated:
        { readonly as: 'identity' } | { readonly as: 'stored'; readonly expression: string } | undefined;
    }
  | {
      readonly kind: 'add-constraint';
      readonly table: string;
      readonly constraint: 'foreign-key' | 'check' | 'unique' | 'primary-key' | 'exclusion';
      /** As in the source, or the one that PostgreSQL would choose. */
      readonly name: string;
      /** `FOREIGN KEY (order_id) REFERENCES orders`, without its name. */
      readonly definition: string;
      readonly columns: readonly string[];
      /** What its index has beside them: ` INCLUDE (name)`, ` NULLS NOT DISTINCT`. */
      readonly indexed: string;
      /** ` DEFERRABLE INITIALLY DEFERRED`. */
      readonly deferred: string;
    }
  | { readonly kind: 'set-not-null'; readonly table: string; readonly column: string }
  | {
      readonly kind: 'alter-type';
      readonly table: string;
      readonly column: string;
      readonly type: string;
      /** Source text of USING. */
      readonly using: string | undefined;
    }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly kind: 'drop-table'; readonly tables: readonly string[] }
  | { readonly kind: 'detach-partition'; readonly table: string; readonly partition: string }
  | {
      readonly kind: 'create-index';
      readonly table: string;
      /** As in the source, or much as PostgreSQL would choose it. */
      readonly name: string;
      readonly unique: boolean;
      /** Source text up to INDEX, and after it. */
      readonly text: readonly [string, string];
      /** Source text after the table's name. */
      readonly definition: string;
      /** ON ONLY a table, without its partitions. */
      readonly only: boolean;
      readonly concurrently: boolean;
    }
  | { readonly kind: 'drop-index'; readonly indexes: readonly string[]; readonly concurrently: boolean }
  | {
      readonly kind: 'reindex';
      readonly what: 'INDEX' | 'TABLE';
      readonly name: string;
      readonly concurrently: boolean;
    }
  | {
      readonly kind: 'update';
      readonly table: string;
      readonly alias: string | undefined;
      /** The columns that it sets. */
      readonly columns: readonly string[];
      /** Source text after SET. */
      readonly set: string;
      readonly where: string | undefined;
    }
  | {
      readonly kind: 'delete';
      readonly table: string;
      readonly alias: string | undefined;
      readonly where: string | undefined;
    }
  | {
      readonly kind: 'domain-constraint';
      readonly domain: string;
      readonly name: string;
      readonly text: string;
    }
  | { readonly kind: 'refresh'; readonly view: string; readonly concurrently: boolean }
  /** VACUUM FULL and CLUSTER. */
  | { readonly kind: 'reorganize'; readonly table: string }
  | { readonly kind: 'truncate'; readonly tables: readonly string[] }
  | { readonly kind: 'set-lock-timeout' }
  | { readonly kind: 'transaction-control' }
  | { readonly kind: 'other' };

export type ShapeOf<Kind extends StatementShape['kind']> = Extract<StatementShape, { readonly kind: Kind }>;
