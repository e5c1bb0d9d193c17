import { Failure, messageOf } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';
import {
  booleanOf,
  copyStrategy,
  createOwnDatabase,
  numberOf,
  occupantsOf,
  openOwnDatabase,
  privilegeStatements,
  setForDatabase,
  settingsOfDatabase,
  sqlStateOf,
  textOf,
  type DatabaseSetting,
  type Row,
  type Session,
} from '../target/index.ts';
import { bytes, formatSize, type Bytes } from '../units.ts';

export type Cloned =
  /** `notes`: what the copy does not have, a sentence each. */
  | { readonly kind: 'cloned'; readonly notes: readonly string[] }
  /** This role may not. */
  | { readonly kind: 'impossible'; readonly reason: string }
  /** This role may, and others are in the way. */
  | { readonly kind: 'occupied'; readonly reason: string };

export interface CloneOptions {
  readonly target: string;
  /** Hears what begins. */
  readonly tell: (note: string) => void;
}

/** CREATE DATABASE holds a ShareLock on its template, and whoever logs in waits for a RowExclusiveLock on the database (dbcommands.c, postinit.c). */
const copyingNote = (source: string, target: string, size: Bytes): string =>
  `copying ${source} to ${target}: nobody can log in to ${source} until its ${formatSize(size)} are copied`;

/**
 * A copy with the owner, the privileges and the settings of the source, as far as this role may give them. Its statistics are the source's; the counters of
 * dead tuples begin anew. Throws `Failure('seed.failed')` where the server fails at it, such as for a full disk.
 */
export async function cloneDatabase(
  session: Session,
  source: string,
  { target, tell }: CloneOptions,
): Promise<Cloned> {
  const facts = (await session.query(SOURCE, [source])).rows[0] ?? {};
  const obstacle = obstacleIn(facts);
  if (obstacle !== undefined) return obstacle;
  tell(copyingNote(source, target, bytes(numberOf(facts, 'size'))));
  const owner = booleanOf(facts, 'may_give') ? quoteIdentifier(textOf(facts, 'owner')) : 'CURRENT_USER';
  const privileges = await privilegeStatements(session, source, { target, owner });
  const refusal = await create(session, source, { target, facts });
  if (refusal !== undefined) return refusal;
  for (const statement of privileges) await session.query(statement);
  await openOwnDatabase(session, target);
  return {
    kind: 'cloned',
    notes: [...ownerNote(source, facts), ...(await copySettings(session, source, target))],
  };
}

/**
 * Why $1 can or can not be copied. A database may be given to whoever one may become; to comment on it, open and drop it wants the rights of its owner at once, which
 * a role that does not inherit has not. Cost: the catalog, and the size of its files. 14–18; SET of a role is told apart from 16 on.
 */
const SOURCE = `
SELECT r.rolcreatedb OR r.rolsuper AS may_create, d.datistemplate OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_copy,
  pg_catalog.pg_has_role(d.datdba, 'USAGE') AND pg_catalog.pg_has_role(d.datdba, CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS may_give,
  pg_catalog.pg_get_userbyid(d.datdba)::text AS owner, pg_catalog.pg_database_size(d.oid) AS size,
  (SELECT count(*) FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname) AS prepared,
  pg_catalog.current_setting('server_version_num')::int AS version
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.rolname = current_user WHERE d.datname = $1`;

type Refusal = Exclude<Cloned, { kind: 'cloned' }>;

function obstacleIn(facts: Row): Refusal | undefined {
  if (!booleanOf(facts, 'may_create'))
    return { kind: 'impossible', reason: 'the role may not create databases' };
  if (!booleanOf(facts, 'may_copy'))
    return { kind: 'impossible', reason: `it belongs to ${textOf(facts, 'owner')}` };
  const prepared = numberOf(facts, 'prepared');
  return prepared > 0 ? { kind: 'occupied', reason: `it has ${prepared} prepared transactions` } : undefined;
}

interface Creation {
  readonly target: string;
  readonly facts: Row;
}

/** Nobody gets in until its privileges are those of the source. Returns why the server does not want to. Others' changes wait for nothing. */
async function create(
  session: Session,
  source: string,
  { target, facts }: Creation,
): Promise<Refusal | undefined> {
  const owner = booleanOf(facts, 'may_give') ? ` OWNER ${quoteIdentifier(textOf(facts, 'owner'))}` : '';
  const how = `${owner} TEMPLATE ${quoteIdentifier(source)}${copyStrategy(facts)}`;
  try {
    await createOwnDatabase(session, target, { how });
    return undefined;
  } catch (error) {
    // It was created: what stands in the way comes after that.
    if (error instanceof Failure) throw error;
    const sqlState = sqlStateOf(error);
    if (sqlState === OBJECT_IN_USE) return { kind: 'occupied', reason: await whoIsIn(session, source) };
    if (sqlState === INSUFFICIENT_PRIVILEGE) return { kind: 'impossible', reason: messageOf(error) };
    if (sqlState === undefined || sqlState === QUERY_CANCELED) throw error;
    throw new Failure('seed.failed', {
      message: `${source} (${formatSize(bytes(numberOf(facts, 'size')))}) can not be copied: ${messageOf(error)} (SQLSTATE ${sqlState})`,
      ...(sqlState === DISK_FULL ? { hint: 'the copy needs as much room again on the server’s disk' } : {}),
      cause: error,
    });
  }
}

async function whoIsIn(session: Session, database: string): Promise<string> {
  const names = await occupantsOf(session, database);
  return ['others are connected to it', ...(names.length === 0 ? [] : [names.join(', ')])].join(': ');
}

const OBJECT_IN_USE = '55006';
const INSUFFICIENT_PRIVILEGE = '42501';
const QUERY_CANCELED = '57014';
const DISK_FULL = '53100';

function ownerNote(source: string, facts: Row): readonly string[] {
  if (booleanOf(facts, 'may_give')) return [];
  return [`the copy of ${source} belongs to the role of the rehearsal, not to ${textOf(facts, 'owner')}`];
}

async function copySettings(session: Session, source: string, target: string): Promise<readonly string[]> {
  const settings = await settingsOfDatabase(session, source);
  const [left] = settings.filter(forbidsWriting);
  const refused: string[] = [];
  for (const setting of settings.filter((one) => !forbidsWriting(one))) {
    const { kind } = await setForDatabase(session, target, setting);
    if (kind !== 'set') refused.push(shown(setting));
  }
  return [
    ...(left === undefined
      ? []
      : [`the copy can be written to, unlike ${source}: it was not given ${shown(left)}`]),
    ...(refused.length === 0
      ? []
      : [`this role may not give the copy all settings of ${source}: it lacks ${refused.join(', ')}`]),
  ];
}

/** A migration would fail for it, and be blamed. As people write a boolean that is true (manual, 19.1.1). */
export const forbidsWriting = ({ name, value }: DatabaseSetting): boolean =>
  name.toLowerCase() === 'default_transaction_read_only' && /^(?:on|1|t|tr|tru|true|y|ye|yes)$/i.test(value);

/** Its name only: values of settings such as `app.jwt_secret` are secrets. */
const shown = ({ role, name }: DatabaseSetting): string =>
  role === undefined ? name : `${name} for ${role}`;
