import { displayName } from '../postgres/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';

/** Cost: an index scan for each. An index goes by its own name. 14–18. */
const NAMES = `
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::bigint[]::oid[])`;

/** By oid; of those that are still there. Nothing where the session is lost. */
export async function namesOf(
  session: Session,
  oids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (oids.length === 0 || session.isLost) return new Map();
  try {
    const { rows } = await session.query(NAMES, [[...new Set(oids)]]);
    return new Map(
      rows.map((row) => [numberOf(row, 'oid'), displayName(textOf(row, 'schema'), textOf(row, 'name'))]),
    );
  } catch {
    return new Map();
  }
}
