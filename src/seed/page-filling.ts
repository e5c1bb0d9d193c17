import type { ResolvedStorage } from '../dataset/index.ts';
import { numberOf, textOf, type Session } from '../target/thread.ts';

/** Statements around the load of a unit. */
export interface Around {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The fillfactor that the file asks for stays; free space comes from a lower one that holds while the rows are loaded. For
 * the table, or all leaves below a partitioned one.
 */
export async function pageFilling(
  session: Session,
  table: string,
  { fillfactor, freeSpace }: ResolvedStorage,
): Promise<Around> {
  if (fillfactor === undefined && freeSpace === 0) return { before: [], after: [] };
  const { rows } = await session.query(FILLFACTORS, [table]);
  const leaves = rows.map((row) => ({
    relation: textOf(row, 'relation'),
    // 0: not set.
    lasting: fillfactor ?? numberOf(row, 'fillfactor'),
  }));
  return {
    before: leaves.map(({ relation, lasting }) =>
      setFillfactor(relation, loadingFillfactor(lasting, freeSpace)),
    ),
    after: leaves.map(({ relation, lasting }) => setFillfactor(relation, lasting)),
  };
}

const MOST = 100;
const LEAST = 10;

/** Percent; 10 is the least that the server takes. */
export function loadingFillfactor(lasting: number, freeSpace: number): number {
  return Math.max(LEAST, Math.round((lasting === 0 ? MOST : lasting) * (1 - freeSpace)));
}

/** Catalog only, but for the lock against vacuums. 14–18. */
const setFillfactor = (relation: string, percent: number): string =>
  percent === 0
    ? `ALTER TABLE ${relation} RESET (fillfactor)`
    : `ALTER TABLE ${relation} SET (fillfactor = ${percent})`;

/** Catalog only; 14–18. */
const FILLFACTORS = `
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation,
  coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 0) AS fillfactor
FROM (SELECT $1::text::regclass::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree($1::text::regclass)) AS r
JOIN pg_class c ON c.oid = r.oid AND c.relkind = 'r'
JOIN pg_namespace n ON n.oid = c.relnamespace`;
