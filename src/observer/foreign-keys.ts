import { displayName } from '../postgres/index.ts';
import { booleanOf, textOf, type Row, type Session } from '../target/index.ts';

/** Of the referenced row's deletion, or the update of its key (pg_constraint.confdeltype, confupdtype). */
export type ReferentialAction = 'check' | 'cascade' | 'set';

export interface ForeignKey {
  readonly referencing: string;
  readonly columns: readonly string[];
  readonly referenced: string;
  readonly keys: readonly string[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  /** Checked at the end of the transaction, unless it says otherwise. */
  readonly isDeferred: boolean;
}

/** Of partitions their parent's. One that is NOT ENFORCED (18) checks nothing. Cost: catalogs. 14–18. */
const FOREIGN_KEYS = `
SELECT cn.nspname AS schema, c.relname AS name, rn.nspname AS referenced_schema, r.relname AS referenced, k.confdeltype AS on_delete, k.confupdtype AS on_update,
  k.condeferred AS deferred,
  ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns,
  ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)) AS keys
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)`;

export async function foreignKeys(session: Session): Promise<readonly ForeignKey[]> {
  const { rows } = await session.query(FOREIGN_KEYS);
  return rows.map((row) => ({
    referencing: displayName(textOf(row, 'schema'), textOf(row, 'name')),
    columns: namesIn(row, 'columns'),
    referenced: displayName(textOf(row, 'referenced_schema'), textOf(row, 'referenced')),
    keys: namesIn(row, 'keys'),
    onDelete: actionOf(textOf(row, 'on_delete')),
    onUpdate: actionOf(textOf(row, 'on_update')),
    isDeferred: booleanOf(row, 'deferred'),
  }));
}

function namesIn(row: Row, column: string): readonly string[] {
  const names: unknown = row[column];
  return Array.isArray(names) ? names.map(String) : [];
}

/** NO ACTION and RESTRICT look for rows; SET NULL and SET DEFAULT write them. */
function actionOf(written: string): ReferentialAction {
  if (written === 'c') return 'cascade';
  return written === 'n' || written === 'd' ? 'set' : 'check';
}
