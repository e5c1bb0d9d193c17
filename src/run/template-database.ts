import { systemClock } from '../clock.ts';
import { Failure, messageOf } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';
import {
  bearsOurWords,
  booleanOf,
  copyStrategy,
  createOwnDatabase,
  dropDatabase,
  isLostConnection,
  isNull,
  maintenanceConnection,
  openMaintenance,
  openOwnDatabase,
  sqlStateOf,
  templateName,
  textOf,
  tryLockName,
  UNFINISHED,
  type ConnectionSettings,
  type ForeignDatabase,
  type Row,
  type Session,
} from '../target/index.ts';
import { milliseconds } from '../units.ts';

import { deliver, makeCopy, type CopyWork } from './deliver-database.ts';
import type { Vacancy } from './vacancy.ts';

export type Template = TemplateLease | { readonly kind: 'unusable'; readonly reason: string };

/** The template is ours alone until it is given back. */
export interface TemplateLease extends AsyncDisposable {
  readonly kind: 'usable';
  readonly name: string;
  readonly isLoaded: boolean;
  /** Of the template. */
  readonly connection: ConnectionSettings;
  /** A database of the harness's own, whose name the caller has locked. */
  copyTo(own: string): Promise<void>;
  /** The database that was asked for, in place of the empty one where there is one. */
  deliver(): Promise<void>;
  /** Drops it: what can not be loaded will not be loaded the next time either. */
  discard(): Promise<void>;
}

export interface TemplateWork {
  readonly vacancy: Extract<Vacancy, { kind: 'absent' | 'empty' }>;
  /** From where databases are made; undefined: from beside the one to fill. */
  readonly place?: ConnectionSettings;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

/** The template of a dataset, loaded or to be loaded; or why there can be none. */
export async function templateOf(
  foreign: ForeignDatabase,
  key: string,
  work: TemplateWork,
): Promise<Template> {
  const { database } = foreign.connection;
  const { vacancy, place, signal, tell } = work;
  const reached = place ?? (await besides(foreign, vacancy));
  if (reached === undefined) return unusable('no connection to a database besides it can be opened');
  const session = await openMaintenance(reached);
  const closing = async (reason: string): Promise<Template> => {
    await session.close();
    return unusable(reason);
  };
  try {
    const name = templateName(key, textOf((await session.query(ROLE)).rows[0] ?? {}, 'oid'));
    const look = async (): Promise<Row> => (await session.query(DATABASES, [database, name])).rows[0] ?? {};
    const obstacle = obstacleIn(await look(), vacancy);
    if (obstacle !== undefined) return await closing(obstacle);
    await lock(session, name, { signal, tell });
    // Again, for another one may have made it while this one waited.
    const facts = await look();
    const found = templateIn(facts);
    if (found === 'strange')
      return await closing(`${name} is there, and this role did not make it for rehearsals`);
    await prepare(session, { name, found, like: vacancy.kind === 'empty' ? database : undefined, facts });
    const copying: CopyWork = { session, place: reached, template: name, facts, signal, tell };
    return {
      kind: 'usable',
      name,
      isLoaded: found === 'ours' && textOf(facts, 'template_comment').endsWith(`sha256:${key}`),
      connection: { ...reached, database: name },
      copyTo: (own) => explained(own, makeCopy(copying, own)),
      deliver: () => explained(database, deliver(copying, database, vacancy.kind === 'empty')),
      discard: async () => {
        await dropDatabase(session, name);
      },
      [Symbol.asyncDispose]: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw templateFailure(error, database);
  }
}

async function explained(database: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw templateFailure(error, database);
  }
}

/** What the server refuses, such as a copy for which its disk has no room. */
function templateFailure(error: unknown, database: string): unknown {
  const sqlState = sqlStateOf(error);
  if (error instanceof Failure) return error;
  if (isLostConnection(error))
    return new Failure('target.lost', {
      message: `the connection was lost while the database was made: ${messageOf(error)}`,
      where: `database ${database}`,
      hint: 'what was there before is as it was; the next rehearsal there, or rehearse cleanup --target, removes a copy that is not complete',
      cause: error,
    });
  if (sqlState === undefined) return error;
  return new Failure('seed.failed', {
    message: `the database can not be made from a template: ${messageOf(error)} (SQLSTATE ${sqlState})`,
    where: `database ${database}`,
    cause: error,
  });
}

const unusable = (reason: string): Template => ({ kind: 'unusable', reason });

/** Neither the one to fill nor its template may have sessions while they are copied. */
async function besides(foreign: ForeignDatabase, vacancy: Vacancy): Promise<ConnectionSettings | undefined> {
  try {
    const isThere = vacancy.kind !== 'absent';
    return await maintenanceConnection(foreign, isThere ? foreign.connection.database : undefined);
  } catch (error) {
    // Then it is loaded directly; a server that is gone tells it again.
    if (sqlStateOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Cost: one catalog row. 14–18. */
const ROLE = 'SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = current_user';

/**
 * Everything that decides whether $1 can be made from the template $2. What only some versions have, such as the locale of ICU, is NULL in the others. Catalog
 * only; 14–18.
 */
const DATABASES = `
SELECT r.rolcreatedb OR r.rolsuper AS may_create,
  d.oid IS NULL OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owns,
  d.oid IS NOT NULL AND (d.datacl IS NOT NULL OR d.datconnlimit <> -1
    OR d.dattablespace <> (SELECT one.dattablespace FROM pg_catalog.pg_database one WHERE one.datname = 'template1')
    OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid)) AS has_settings,
  EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = $1 AND a.pid <> pg_catalog.pg_backend_pid()) AS has_sessions,
  t.oid IS NOT NULL AND d.oid IS NOT NULL
    AND (d.encoding, d.datcollate, d.datctype, ${icu('d')}) IS DISTINCT FROM (t.encoding, t.datcollate, t.datctype, ${icu('t')}) AS differs,
  CASE WHEN t.oid IS NULL THEN NULL ELSE coalesce(pg_catalog.shobj_description(t.oid, 'pg_database'), '') END AS template_comment,
  t.datdba = r.oid AS template_is_own, (SELECT ${UNFINISHED} FROM pg_catalog.pg_database d WHERE d.oid = t.oid) AS template_is_closed,
  pg_catalog.quote_ident(coalesce(pg_catalog.pg_get_userbyid(d.datdba), current_user)) AS owner,
  pg_catalog.current_setting('server_version_num')::int AS version
FROM pg_catalog.pg_roles r
LEFT JOIN pg_catalog.pg_database d ON d.datname = $1
LEFT JOIN pg_catalog.pg_database t ON t.datname = $2
WHERE r.rolname = current_user`;

function icu(database: string): string {
  const columns = ['datlocprovider', 'daticulocale', 'datlocale', 'daticurules'];
  return columns.map((column) => `pg_catalog.to_jsonb(${database}) -> '${column}'`).join(', ');
}

function obstacleIn(facts: Row, vacancy: Vacancy): string | undefined {
  if (!booleanOf(facts, 'may_create')) return 'the role may not create databases';
  if (vacancy.kind === 'absent') return undefined;
  if (!booleanOf(facts, 'owns')) return 'the role does not own the database';
  if (booleanOf(facts, 'has_settings')) return 'the database has settings, privileges or a place of its own';
  if (booleanOf(facts, 'has_sessions')) return 'the database has other sessions';
  if (booleanOf(facts, 'differs')) return 'the template has another encoding or locale';
  return undefined;
}

/** `unfinished`: a harness was killed while it made it; `strange`: somebody else's, or by its name alone like ours. */
type FoundTemplate = 'absent' | 'unfinished' | 'ours' | 'strange';

function templateIn(facts: Row): FoundTemplate {
  if (isNull(facts, 'template_comment')) return 'absent';
  if (!booleanOf(facts, 'template_is_own')) return 'strange';
  if (booleanOf(facts, 'template_is_closed')) return 'unfinished';
  return bearsOurWords(textOf(facts, 'template_comment')) ? 'ours' : 'strange';
}

interface Preparation {
  readonly name: string;
  readonly found: FoundTemplate;
  /** The empty database that it is for. */
  readonly like: string | undefined;
  readonly facts: Row;
}

/** With the encoding and the locale of the empty database. */
async function prepare(session: Session, { name, found, like, facts }: Preparation): Promise<void> {
  if (found === 'ours') return;
  if (found === 'unfinished') await dropDatabase(session, name);
  const how = like === undefined ? '' : ` TEMPLATE ${quoteIdentifier(like)}${copyStrategy(facts)}`;
  await createOwnDatabase(session, name, { how });
  await openOwnDatabase(session, name);
}

const POLL = milliseconds(500);

async function lock(
  session: Session,
  name: string,
  { signal, tell }: Pick<TemplateWork, 'signal' | 'tell'>,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    if (await tryLockName(session, name)) return;
    if (attempt === 0) tell('another rehearsal is loading this dataset on this server; waiting for it');
    await systemClock.sleep(POLL, signal);
  }
}
