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
      readonly computed: boolean;
    }
  | {
      readonly kind: 'add-constraint';
      readonly table: string;
      readonly constraint: 'foreign-key' | 'check' | 'unique' | 'primary-key' | 'other';
      /** As in the source, or the one that PostgreSQL would choose. */
      readonly name: string;
      /** `FOREIGN KEY (order_id) REFERENCES orders`, without its name. */
      readonly definition: string;
      readonly columns: readonly string[];
    }
  | { readonly kind: 'set-not-null'; readonly table: string; readonly column: string }
  | { readonly kind: 'alter-type'; readonly table: string; readonly column: string }
  | { readonly kind: 'create-index'; readonly text: string; readonly concurrently: boolean }
  | { readonly kind: 'reorganize'; readonly table: string }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'set-lock-timeout' }
  | { readonly kind: 'other' };
