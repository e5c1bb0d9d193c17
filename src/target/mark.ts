import { Failure } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/index.ts';
import { booleanOf, isNull, textOf } from './row.ts';
import type { Session } from './session.ts';

/*
 * The mark of a database that may be changed for good: a line of its comment, the one thing that an owner without further rights may write on a database
 * in 14 to 18 (since 15 `ALTER DATABASE … SET` of a setting nobody knows wants a superuser). What else stands in the comment stays.
 */

/** Which database it is, so that a comment that came by a dump, a clone or a promoted standby marks nothing. */
export interface DatabaseIdentity {
  /** `system_identifier`, made by initdb; `UNKNOWN` where this role may not ask for it. */
  readonly server: string;
  /** Goes up when a copy of the server is promoted. */
  readonly timeline: string;
  readonly oid: string;
  /** A database that takes another's place by its name (`ALTER DATABASE … RENAME`) is not the one that somebody meant. */
  readonly name: string;
}

export interface DatabaseMark {
  readonly identity: DatabaseIdentity;
  readonly comment: string;
}

const WORDS = 'pg-rehearse: may be changed for good';
/** The name as a JSON string: whatever it is made of, it stays on the line. */
const LINE =
  /^pg-rehearse: may be changed for good \(server (\w+), timeline (\w+), database (\d+) ("(?:[^"\\\n]|\\.)*")\)(?:\n|$)/m;

export type MarkState =
  | 'marked'
  /** It bears no mark. */
  | 'none'
  /** The mark of another database, or of this one before its server was copied. */
  | 'other'
  /** Of this one under another name. */
  | 'renamed'
  /** It says which server it was made on, and this role can not see which one this is. */
  | 'unseen'
  /** It does not say which server it was made on, and this one is known. */
  | 'serverless';

const UNKNOWN = 'unknown';

/** Whether the mark of this database tells its server apart from a copy. */
export const knowsItsServer = ({ identity }: DatabaseMark): boolean => identity.server !== UNKNOWN;

export function markState({ identity, comment }: DatabaseMark): MarkState {
  const [, server, timeline, oid] = LINE.exec(comment) ?? [];
  if (server === undefined) return 'none';
  if (oid !== identity.oid) return 'other';
  if (server !== identity.server && identity.server === UNKNOWN) return 'unseen';
  if (server !== identity.server && server === UNKNOWN) return 'serverless';
  if (server !== identity.server || timeline !== identity.timeline) return 'other';
  return markedName(comment) === JSON.stringify(identity.name) ? 'marked' : 'renamed';
}

/** The name, as a JSON string, that the database had when it was marked. */
export const markedName = (comment: string): string | undefined => LINE.exec(comment)?.[4];

/** Before everything else, for a loaded dataset is known by the last line (seed/manifest.ts). */
export function markedComment({ identity, comment }: DatabaseMark): string {
  const { server, timeline, oid, name } = identity;
  const line = `${WORDS} (server ${server}, timeline ${timeline}, database ${oid} ${JSON.stringify(name)})`;
  return [line, unmarkedComment(comment)].filter((part) => part !== '').join('\n');
}

export const unmarkedComment = (comment: string): string => comment.replace(LINE, '').replace(/\n$/, '');

/** Of the database that the session is in. */
export async function readMark(session: Session): Promise<DatabaseMark> {
  const mayAsk = booleanOf((await session.query(MAY_ASK)).rows[0] ?? {}, 'may');
  const row = (await session.query(mayAsk ? IDENTITY(SERVER) : IDENTITY(NO_SERVER))).rows[0] ?? {};
  return {
    identity: {
      server: textOf(row, 'server'),
      timeline: textOf(row, 'timeline'),
      oid: textOf(row, 'oid'),
      name: textOf(row, 'name'),
    },
    comment: isNull(row, 'comment') ? '' : textOf(row, 'comment'),
  };
}

/** Of the database that the session is in. Throws `Failure('usage')` for a role that does not own it. */
export async function writeComment(session: Session, comment: string): Promise<void> {
  const { name, owner, isOwned } = await ownershipOf(session);
  if (!isOwned)
    throw new Failure('usage', {
      message: `only the owner may mark it: it belongs to ${owner}`,
      where: `database ${name}`,
    });
  await setComment(session, name, comment);
}

/** Marks the database that the session is in, if its owner may. */
export async function markWhereOwned(session: Session): Promise<void> {
  const { name, isOwned } = await ownershipOf(session);
  if (isOwned) await setComment(session, name, markedComment(await readMark(session)));
}

/** One catalog row; 14–18. */
async function setComment(session: Session, database: string, comment: string): Promise<void> {
  const text = comment === '' ? 'NULL' : quoteLiteral(comment);
  await session.query(`COMMENT ON DATABASE ${quoteIdentifier(database)} IS ${text}`);
}

interface Ownership {
  readonly name: string;
  readonly owner: string;
  readonly isOwned: boolean;
}

async function ownershipOf(session: Session): Promise<Ownership> {
  const row = (await session.query(OWNERSHIP)).rows[0] ?? {};
  return { name: textOf(row, 'name'), owner: textOf(row, 'owner'), isOwned: booleanOf(row, 'owned') };
}

/** Everybody may ask, unless somebody has revoked it. Cost: none. 14–18. */
const MAY_ASK = `
SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE') AS may`;

const SERVER = `(SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS server,
  (SELECT timeline_id::text FROM pg_catalog.pg_control_checkpoint()) AS timeline`;
const NO_SERVER = `'${UNKNOWN}' AS server, '${UNKNOWN}' AS timeline`;

/** Cost: reads the control file. 14–18. */
const IDENTITY = (server: string): string => `
SELECT ${server}, d.oid::text AS oid, d.datname::text AS name, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** Cost: one catalog row. 14–18. */
const OWNERSHIP = `
SELECT d.datname::text AS name, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner, pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;
