import { messageOf } from '../errors.ts';
import { sqlStateOf } from './error-class.ts';
import { textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

/** How what is done in the session's database reaches other servers, which nobody copies; a sentence each, with names and nothing else of theirs. */
export async function waysOut(session: Session): Promise<readonly string[]> {
  try {
    return waysOutSentences((await session.query(WAYS_OUT)).rows);
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    return [`whether other servers are reached from the database could not be seen: ${messageOf(error)}`];
  }
}

export function waysOutSentences(rows: readonly Row[]): readonly string[] {
  return Object.entries(SENTENCES).flatMap(([kind, sentence]) => {
    const names = rows.filter((row) => textOf(row, 'kind') === kind).map((row) => textOf(row, 'name'));
    return names.length === 0 ? [] : [sentence(names.join(', '))];
  });
}

const SENTENCES: Readonly<Record<string, (names: string) => string>> = {
  server: (names) =>
    `what is written to foreign tables reaches the real servers, from a copy as well: ${names}`,
  extension: (names) => `what is sent through ${names} reaches the real servers, from a copy as well`,
  subscription: (names) => `changes of another server come into the database by subscription: ${names}`,
};

/**
 * A copy has the foreign servers, the user mappings and the extensions of its source, never its subscriptions. Everybody may read these columns. Cost: three small
 * catalogs. 14–18.
 */
const WAYS_OUT = `
SELECT 'server' AS kind, pg_catalog.format('%s (%s)', s.srvname, w.fdwname) AS name
FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
UNION ALL
SELECT 'extension', e.extname::text FROM pg_catalog.pg_extension e
WHERE e.extname IN ('dblink', 'pg_net', 'http', 'aws_lambda', 'aws_s3')
UNION ALL
SELECT 'subscription', s.subname::text FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
ORDER BY 1, 2`;
