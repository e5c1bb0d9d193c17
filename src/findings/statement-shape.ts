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
    }
  | { readonly kind: 'set-not-null'; readonly table: string; readonly column: string }
  | {
      readonly kind: 'alter-type';
      readonly table: string;
      readonly column: string;
      /** Absent where the text of the command can not be told from that of others. */
      readonly type: string | undefined;
      /** Source text of USING. */
      readonly using: string | undefined;
    }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly kind: 'drop-table'; readonly tables: readonly string[] }
  | { readonly kind: 'detach-partition'; readonly table: string; readonly partition: string }
  | { readonly kind: 'create-index'; readonly text: string; readonly concurrently: boolean }
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
      /** Source text after SET. */
      readonly set: string;
      readonly where: string | undefined;
    }
  | { readonly kind: 'delete'; readonly table: string; readonly where: string | undefined }
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
