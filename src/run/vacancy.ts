import { Failure } from '../errors.ts';
import {
  booleanOf,
  contentOf,
  displayAddress,
  markState,
  reachDatabase,
  readMark,
  sqlStateOf,
  textOf,
  withShieldedSession,
  type ConnectionSettings,
  type ForeignDatabase,
} from '../target/index.ts';

/** What a database holds before it is filled. */
export type Vacancy =
  | { readonly kind: 'absent' }
  /** `isMarked`: its owner has said that it may be changed for good. */
  | { readonly kind: 'empty'; readonly isMarked: boolean }
  /** No rows and no code, but what a copy of a template would not have. */
  | { readonly kind: 'furnished'; readonly objects: readonly string[] }
  /** An interrupted load of this role. */
  | { readonly kind: 'begun' }
  /** This very dataset. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'occupied'; readonly objects: readonly string[] };

/** 3D000: there is no such database. */
const NO_DATABASE = '3D000';

/** Throws `Failure('usage')` for a database from which others are made. */
export async function vacancyOf(foreign: ForeignDatabase, key: string): Promise<Vacancy> {
  requireOrdinary(foreign.connection, false);
  let connection: ConnectionSettings;
  try {
    connection = await reachDatabase(foreign);
  } catch (error) {
    if (sqlStateOf(error) === NO_DATABASE) return { kind: 'absent' };
    throw error;
  }
  return await withShieldedSession(connection, async (session) => {
    const state = (await session.query(STATE)).rows[0] ?? {};
    requireOrdinary(connection, booleanOf(state, 'is_template'));
    if (textOf(state, 'comment').endsWith(`sha256:${key}`)) return { kind: 'loaded' };
    if (booleanOf(state, 'begun')) return { kind: 'begun' };
    const { objects, rest } = await contentOf(session);
    if (objects.length > 0) return { kind: 'occupied', objects };
    if (rest.length > 0) return { kind: 'furnished', objects: rest };
    return { kind: 'empty', isMarked: markState(await readMark(session)) === 'marked' };
  });
}

/** What initdb makes: others connect to it, or get its tables in each database that they create. */
const RESERVED = ['postgres', 'template0', 'template1'];

function requireOrdinary(connection: ConnectionSettings, isTemplate: boolean): void {
  const { database } = connection;
  if (!isTemplate && !RESERVED.includes(database)) return;
  throw new Failure('usage', {
    where: displayAddress(connection),
    message: `expected a database of your own to fill, found ${database}, ${isTemplate ? 'a template (datistemplate)' : 'which belongs to the server itself'}`,
    hint: 'name another one: where the role may create databases it need not be there yet',
  });
}

/**
 * What the loader notes (seed/manifest.ts). A load goes on under the search_path of the schema: only where this role began it, and nobody else has put code beside it. Catalog only; 14–18.
 */
const STATE = `
SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment, d.datistemplate AS is_template,
  EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass('rehearse.load') AND c.relowner = r.oid)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 AND p.proowner <> r.oid
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')) AS begun
FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user`;

export function occupied(connection: ConnectionSettings, objects: readonly string[]): Failure {
  return new Failure('usage', {
    message: `expected an empty database, found ${objects.join(', ')} in it`,
    where: `database ${connection.database}`,
    hint: 'create another one for the dataset: nothing in this one has been touched',
  });
}
