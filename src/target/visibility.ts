import { booleanOf, textOf } from './row.ts';
import type { Session } from './session.ts';

/** What this user may see of other sessions. */
export interface Visibility {
  /** `pg_locks`, and who blocks whom. */
  readonly locks: boolean;
  /** `pg_stat_activity` at all. */
  readonly sessions: boolean;
  /** What is missing, and why, a sentence each. */
  readonly missing: readonly string[];
}

/**
 * Members of pg_read_all_stats, superusers among them, see what others do; the rest sees that they are there (manual, 28.2.3). Cost: reads privileges,
 * takes no lock. 14–18.
 */
const VISIBILITY = `
SELECT pg_catalog.quote_ident(current_user) AS name, pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS others,
  pg_catalog.has_table_privilege('pg_catalog.pg_locks', 'SELECT')
    AND pg_catalog.has_function_privilege('pg_catalog.pg_blocking_pids(integer)', 'EXECUTE') AS locks,
  pg_catalog.has_table_privilege('pg_catalog.pg_stat_activity', 'SELECT') AS sessions`;

export async function visibilityOf(session: Session): Promise<Visibility> {
  const row = (await session.query(VISIBILITY)).rows[0] ?? {};
  const [locks, sessions, others] = [
    booleanOf(row, 'locks'),
    booleanOf(row, 'sessions'),
    booleanOf(row, 'others'),
  ];
  const name = textOf(row, 'name');
  const missing = [
    ...(sessions
      ? []
      : [
          `who waits for whom is not watched: ${name} may not read pg_stat_activity (GRANT SELECT ON pg_catalog.pg_stat_activity TO ${name})`,
        ]),
    ...(locks
      ? []
      : [
          `the locks of the migration and those at fault for a wait are not seen: ${name} may not read pg_locks (GRANT SELECT ON pg_catalog.pg_locks TO ${name})`,
        ]),
    ...(others || !sessions
      ? []
      : [
          `of other users' sessions neither waits nor statements are seen: ${name} is no member of pg_read_all_stats (GRANT pg_read_all_stats TO ${name})`,
        ]),
  ];
  return { locks: locks && sessions, sessions, missing };
}
