import { Failure } from '../errors.ts';
import { begunLoad, type BegunLoad } from '../seed/index.ts';
import {
  booleanOf,
  contentOf,
  displayAddress,
  markState,
  reachDatabase,
  readMark,
  requireOrdinary,
  requirePossibleName,
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
  /** An interrupted load of this dataset by this role, and nothing beside it. */
  | { readonly kind: 'begun' }
  /** This very dataset. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'occupied'; readonly objects: readonly string[] };

/** 3D000: there is no such database. */
const NO_DATABASE = '3D000';

/** Throws `Failure('usage')` for a database from which others are made, for a name that none can have, and for an interrupted load that can not go on. */
export async function vacancyOf(foreign: ForeignDatabase, key: string): Promise<Vacancy> {
  requireOrdinary(foreign.connection, TO_FILL);
  requirePossibleName(foreign.connection);
  let connection: ConnectionSettings;
  try {
    connection = await reachDatabase(foreign);
  } catch (error) {
    if (sqlStateOf(error) === NO_DATABASE) return { kind: 'absent' };
    throw error;
  }
  return await withShieldedSession(connection, async (session) => {
    const state = (await session.query(STATE)).rows[0] ?? {};
    requireOrdinary(connection, TO_FILL, booleanOf(state, 'is_template'));
    if (textOf(state, 'comment').endsWith(`sha256:${key}`)) return { kind: 'loaded' };
    const begun = await begunLoad(session);
    if (begun !== undefined) {
      requireOwn(begun, connection, key);
      return { kind: 'begun' };
    }
    const { objects, rest } = await contentOf(session);
    if (objects.length > 0) return { kind: 'occupied', objects };
    if (rest.length > 0) return { kind: 'furnished', objects: rest };
    return { kind: 'empty', isMarked: markState(await readMark(session)) === 'marked' };
  });
}

const TO_FILL = {
  what: 'to fill',
  hint: 'name another one: where the role may create databases it need not be there yet',
};

/** What the loader notes of a whole dataset (seed/manifest.ts). Catalog only; 14–18. */
const STATE = `
SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment, d.datistemplate AS is_template
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** Throws `Failure('usage')`. */
function requireOwn(
  { dataset, fingerprint, strangers }: BegunLoad,
  connection: ConnectionSettings,
  key: string,
): void {
  const where = displayAddress(connection);
  if (fingerprint !== `sha256:${key}`)
    throw new Failure('usage', {
      where,
      message: `expected an empty database, found an interrupted load of another dataset: ${dataset}`,
      hint: `load that one again to finish it, or name another database; rehearse cleanup --target … removes what it has made, unless others have put something there`,
    });
  if (strangers.length > 0)
    throw new Failure('usage', {
      where,
      message: `found an interrupted load of this dataset, and beside it what it has not made: ${strangers.join(', ')}`,
      hint: 'move that elsewhere and load again, or load into another database: nothing has been touched',
    });
}

export function occupied(connection: ConnectionSettings, objects: readonly string[]): Failure {
  return new Failure('usage', {
    message: `expected an empty database, found ${objects.join(', ')} in it`,
    where: `database ${connection.database}`,
    hint: 'create another one for the dataset: nothing in this one has been touched',
  });
}
