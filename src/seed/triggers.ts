import { textOf, type Session } from '../target/thread.ts';

import type { Around } from './page-filling.ts';

/**
 * Switches off what would still fire while rows come in: triggers that are enabled ALWAYS or for replicas, and all others
 * where the role may not call itself a replica. In the transaction of the load, so that nothing stays switched off.
 */
export async function withoutOwnTriggers(session: Session, table: string): Promise<Around> {
  const { rows } = await session.query(FIRING_TRIGGERS, [table]);
  return {
    before: rows.map(
      (row) => `ALTER TABLE ${textOf(row, 'relation')} DISABLE TRIGGER ${textOf(row, 'name')}`,
    ),
    after: rows.map(
      (row) =>
        `ALTER TABLE ${textOf(row, 'relation')} ENABLE ${textOf(row, 'kind')} TRIGGER ${textOf(row, 'name')}`,
    ),
  };
}

/** Catalog only; 14–18. Of the table and its partitions; INSERT is bit 4, DELETE 8, UPDATE 16, TRUNCATE 32 (pg_trigger.h). */
const FIRING_TRIGGERS = `
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(t.tgname) AS name,
  CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END AS kind
FROM (SELECT $1::text::regclass::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree($1::text::regclass)) AS r
JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgtype & 60 <> 0
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgenabled = 'A'
  OR t.tgenabled = CASE current_setting('session_replication_role') WHEN 'replica' THEN 'R' ELSE 'O' END`;
