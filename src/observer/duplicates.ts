import { quoteRelation } from '../postgres/index.ts';
import { numberOf, type Session } from '../target/index.ts';

/** Columns and expressions of the key, in SQL, from `Key (lower(email))=(a@example.com) is duplicated.`; undefined: not said, or in another language. */
export function keyInDetail(detail: string): string | undefined {
  return /^Key \((.+?)\)=\(/s.exec(detail)?.[1];
}

/** Cost: reads and groups the whole table, so on a session with statement_timeout. NULLs are no duplicates of each other. 14–18. */
const DUPLICATES = (relation: string, key: string): string => `
SELECT pg_catalog.count(*) AS keys, coalesce(pg_catalog.sum(found.n), 0) AS rows FROM (
  SELECT pg_catalog.count(*) AS n FROM ${quoteRelation(relation)} WHERE ROW(${key}) IS NOT NULL GROUP BY ${key} HAVING pg_catalog.count(*) > 1
) AS found`;

/** Keys that occur more than once, and the rows that have them. Rejects where the server refuses or takes too long. */
export async function countDuplicates(
  session: Session,
  relation: string,
  key: string,
): Promise<{ readonly keys: number; readonly rows: number }> {
  const row = (await session.query(DUPLICATES(relation, key))).rows[0] ?? {};
  return { keys: numberOf(row, 'keys'), rows: numberOf(row, 'rows') };
}
