import { systemClock } from '../clock.ts';
import { Failure, messageOf } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/index.ts';
import {
  asideName,
  booleanOf,
  copyStrategy,
  dropDatabase,
  isNull,
  maintenanceConnection,
  openMaintenance,
  reachDatabase,
  sqlStateOf,
  templateName,
  textOf,
  tryLockName,
  unmarkedComment,
  untilAborted,
  withSession,
  withShieldedSession,
  type ConnectionSettings,
  type ForeignDatabase,
  type Row,
  type Session,
} from '../target/index.ts';
import { milliseconds } from '../units.ts';

/** What a database holds before it is filled. */
export type Vacancy =
  | { readonly kind: 'absent' }
  | { readonly kind: 'empty' }
  /** An interrupted load of ours. */
  | { readonly kind: 'begun' }
  /** This very dataset. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'occupied'; readonly objects: readonly string[] };

/** 3D000: there is no such database. */
const NO_DATABASE = '3D000';

export async function emptiness(foreign: ForeignDatabase, key: string): Promise<Vacancy> {
  let connection: ConnectionSettings;
  try {
    connection = await reachDatabase(foreign);
  } catch (error) {
    if (sqlStateOf(error) === NO_DATABASE) return { kind: 'absent' };
    throw error;
  }
  return await withShieldedSession(connection, async (session) => {
    const state = (await session.query(STATE)).rows[0] ?? {};
    if (textOf(state, 'mark').endsWith(`sha256:${key}`)) return { kind: 'loaded' };
    if (booleanOf(state, 'begun')) return { kind: 'begun' };
    const { rows } = await session.query(OBJECTS);
    return rows.length === 0
      ? { kind: 'empty' }
      : { kind: 'occupied', objects: rows.map((row) => `${textOf(row, 'name')} (${textOf(row, 'kind')})`) };
  });
}

/** What the loader notes (seed/manifest.ts). Catalog only; 14–18. */
const STATE = `
SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS mark,
  pg_catalog.to_regclass('rehearse.load') IS NOT NULL AS begun
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** Whatever is not of an extension or of the system; some names will do. Catalog only; 14–18. */
const OBJECTS = `
SELECT objects.name, objects.kind FROM (
  SELECT c.oid, 'pg_class'::regclass AS class, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, n.nspname,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  UNION ALL
  SELECT p.oid, 'pg_proc'::regclass, pg_catalog.format('%I.%I', n.nspname, p.proname), n.nspname, 'function'
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  UNION ALL
  SELECT t.oid, 'pg_type'::regclass, pg_catalog.format('%I.%I', n.nspname, t.typname), n.nspname, 'type'
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r')
) AS objects
WHERE objects.nspname <> 'information_schema' AND objects.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = objects.class AND d.objid = objects.oid AND d.deptype = 'e')
ORDER BY objects.kind <> 'table', objects.name LIMIT 5`;

export type Template = TemplateLease | { readonly kind: 'unusable'; readonly reason: string };

/** The template is ours alone until it is given back. */
export interface TemplateLease extends AsyncDisposable {
  readonly kind: 'usable';
  readonly name: string;
  readonly isLoaded: boolean;
  /** Of the template. */
  readonly connection: ConnectionSettings;
  /** Makes the database, in place of the empty one where there is one. */
  copyTo(database: string): Promise<void>;
  /** Drops it: what can not be loaded will not be loaded the next time either. */
  discard(): Promise<void>;
}

export interface TemplateWork {
  readonly vacancy: Vacancy;
  /** From where databases are made; undefined: from beside the one to fill. */
  readonly place?: ConnectionSettings;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

/** The template of a dataset, loaded or to be loaded; or why there can be none. */
export async function templateOf(
  foreign: ForeignDatabase,
  key: string,
  { vacancy, place, signal, tell }: TemplateWork,
): Promise<Template> {
  const { database } = foreign.connection;
  const reached = place ?? (await besides(foreign, vacancy));
  if (reached === undefined) return unusable('no connection to a database besides it can be opened');
  const session = await openMaintenance(reached);
  try {
    const name = templateName(key);
    const facts = (await session.query(DATABASES, [database, name])).rows[0] ?? {};
    const obstacle = obstacleIn(facts, vacancy);
    if (obstacle !== undefined) {
      await session.close();
      return unusable(obstacle);
    }
    await lock(session, name, { signal, tell });
    // Again, for another one may have made it while this one waited.
    const now = (await session.query(DATABASES, [database, name])).rows[0] ?? {};
    const isThere = !isNull(now, 'template_mark');
    if (!isThere)
      await session.query(createStatement(name, vacancy.kind === 'empty' ? database : undefined, now));
    return {
      kind: 'usable',
      name,
      isLoaded: isThere && textOf(now, 'template_mark').endsWith(`sha256:${key}`),
      connection: { ...reached, database: name },
      copyTo: async (target) => {
        const copy = { target, template: name, replaces: vacancy.kind === 'empty', facts: now };
        await untilAborted({ session, settings: reached, signal }, () => copyTo(session, copy));
        await withSession({ ...reached, database: target }, 'seed', (made) => made.query(ANALYZE));
      },
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

/** What the server refuses, such as a copy for which its disk has no room. */
function templateFailure(error: unknown, database: string): unknown {
  const sqlState = sqlStateOf(error);
  if (error instanceof Failure || sqlState === undefined) return error;
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

/** Everything that decides whether $1 can be made from the template $2. Catalog only; 14–18. */
const DATABASES = `
SELECT r.rolcreatedb OR r.rolsuper AS may_create,
  d.oid IS NULL OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owns,
  d.oid IS NOT NULL AND (d.datacl IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid)) AS has_settings,
  EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = $1 AND a.pid <> pg_catalog.pg_backend_pid()) AS has_sessions,
  t.oid IS NOT NULL AND d.oid IS NOT NULL
    AND (d.encoding, d.datcollate, d.datctype) IS DISTINCT FROM (t.encoding, t.datcollate, t.datctype) AS differs,
  CASE WHEN t.oid IS NULL THEN NULL ELSE coalesce(pg_catalog.shobj_description(t.oid, 'pg_database'), '') END AS template_mark,
  pg_catalog.quote_ident(coalesce(pg_catalog.pg_get_userbyid(d.datdba), current_user)) AS owner,
  pg_catalog.current_setting('server_version_num')::int AS version
FROM pg_catalog.pg_roles r
LEFT JOIN pg_catalog.pg_database d ON d.datname = $1
LEFT JOIN pg_catalog.pg_database t ON t.datname = $2
WHERE r.rolname = current_user`;

function obstacleIn(facts: Row, vacancy: Vacancy): string | undefined {
  if (!booleanOf(facts, 'may_create')) return 'the role may not create databases';
  if (vacancy.kind === 'absent') return undefined;
  if (!booleanOf(facts, 'owns')) return 'the role does not own the database';
  if (booleanOf(facts, 'has_settings')) return 'the database has settings or privileges of its own';
  if (booleanOf(facts, 'has_sessions')) return 'the database has other sessions';
  if (booleanOf(facts, 'differs')) return 'the template has another encoding or locale';
  return undefined;
}

/** With the encoding, the locale and the extensions of the empty database that it is for. */
function createStatement(name: string, like: string | undefined, facts: Row): string {
  const template = like === undefined ? '' : ` TEMPLATE ${quoteIdentifier(like)}${copyStrategy(facts)}`;
  return `CREATE DATABASE ${quoteIdentifier(name)}${template}`;
}

interface TemplateCopy {
  readonly target: string;
  readonly template: string;
  /** The empty database is in the way. */
  readonly replaces: boolean;
  readonly facts: Row;
}

/** Renamed out of the way first, so that a failure leaves it there. Cost: two checkpoints and a copy of the files. 14–18. */
async function copyTo(session: Session, { target, template, replaces, facts }: TemplateCopy): Promise<void> {
  const aside = asideName(template);
  if (replaces)
    await session.query(`ALTER DATABASE ${quoteIdentifier(target)} RENAME TO ${quoteIdentifier(aside)}`);
  try {
    await session.query(
      `CREATE DATABASE ${quoteIdentifier(target)} OWNER ${textOf(facts, 'owner')} TEMPLATE ${quoteIdentifier(template)}${copyStrategy(facts)}`,
    );
  } catch (error) {
    if (replaces)
      await session.query(`ALTER DATABASE ${quoteIdentifier(aside)} RENAME TO ${quoteIdentifier(target)}`);
    throw templateFailure(error, target);
  }
  // Comments are not copied: what somebody wrote stays, and by the last line the next load knows that there is nothing to do.
  const words = replaces ? unmarkedComment(await commentOn(session, aside)) : '';
  if (replaces) await session.query(`DROP DATABASE ${quoteIdentifier(aside)}`);
  const comment = [words, await commentOn(session, template)].filter((line) => line !== '').join('\n');
  // One catalog row; 14–18.
  await session.query(`COMMENT ON DATABASE ${quoteIdentifier(target)} IS ${quoteLiteral(comment)}`);
}

/** The counters of live and dead tuples are not copied. Cost: a sample of every table. 14–18. */
const ANALYZE = 'ANALYZE';

async function commentOn(session: Session, database: string): Promise<string> {
  const { rows } = await session.query(COMMENT, [database]);
  return rows[0] === undefined ? '' : textOf(rows[0], 'comment');
}

/** Cost: one catalog row. 14–18. */
const COMMENT = `SELECT coalesce(pg_catalog.shobj_description(oid, 'pg_database'), '') AS comment FROM pg_catalog.pg_database WHERE datname = $1`;

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
