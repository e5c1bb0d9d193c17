import { randomBytes } from 'node:crypto';

import { Failure, messageOf } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/index.ts';
import { sqlStateOf } from './error-class.ts';
import { numberOf, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

/*
 * Databases that the harness makes on servers of others. A name alone may be anybody's: each bears our words in its comment too, and a lock says that somebody works
 * on it (maintenance.ts).
 */

const random = (): string => randomBytes(6).toString('hex');

const RUN = /^rehearse_run_([0-9a-f]{12})$/;
const KEPT = /^rehearse_kept_[0-9a-f]{12}$/;

/** Of one run, dropped after it; or one that is being made for somebody. */
export const runDatabaseName = (): string => `rehearse_run_${random()}`;
/** What it is called once its run is over that had `--keep`: nobody but people drop it. */
export const keptNameOf = (run: string): string => run.replace(RUN, 'rehearse_kept_$1');
/** An empty database whose name a copy has got. */
export const asideName = (): string => `rehearse_aside_${random()}`;
/** Holds a dataset, for all runs of one role: another could neither copy it nor trust what is in it. `role`: its oid. */
export const templateName = (key: string, role: string): string => `rehearse_${key.slice(0, 16)}_${role}`;

/** A regular expression of PostgreSQL for all of these, letters and digits only. */
export const OWN_NAMES = '^rehearse_((run|kept|aside)_[0-9a-f]{12}|[0-9a-f]{16}_[0-9]+)$';

const WORDS = 'pg-rehearse: a database of its own';

/** `more`: what else its comment says. */
export const ownComment = (more: string): string => [WORDS, more].filter((part) => part !== '').join('\n');
export const bearsOurWords = (comment: string): boolean => comment.split('\n', 1)[0] === WORDS;
export const withoutOurWords = (comment: string): string =>
  bearsOurWords(comment) ? comment.slice(WORDS.length + 1) : comment;

const KEPT_WORDS = 'kept (--keep)';

/** While somebody works in it, it has the name of a run's still. */
export const keptComment = (more: string): string =>
  ownComment([KEPT_WORDS, more].filter(Boolean).join('\n'));
const isKept = (comment: string): boolean => withoutOurWords(comment).split('\n', 1)[0] === KEPT_WORDS;

/** What is told of a database by the catalog. */
export interface SeenDatabase {
  readonly name: string;
  readonly comment: string;
  /** As `createOwnDatabase` leaves it where the harness is killed before it has written the comment. */
  readonly isUnfinished: boolean;
}

export interface OwnDatabase {
  readonly name: string;
  readonly kind: 'database' | 'kept database' | 'interrupted load' | 'dataset';
  /** It was somebody's, and goes only while there is nothing in it. */
  readonly wasOfOthers: boolean;
  /** The name that is locked while somebody works on it. */
  readonly locked: string;
}

/** A dataset that is whole says in its comment which one it is (seed/manifest.ts). Undefined: not ours to drop. */
export function ownDatabase({ name, comment, isUnfinished }: SeenDatabase): OwnDatabase | undefined {
  if (!bearsOurWords(comment) && !isUnfinished) return undefined;
  const common = { name, wasOfOthers: false, locked: name };
  if (KEPT.test(name)) return { ...common, kind: 'kept database' };
  if (RUN.test(name)) return { ...common, kind: isKept(comment) ? 'kept database' : 'database' };
  if (/^rehearse_aside_[0-9a-f]{12}$/.test(name)) return { ...common, kind: 'database', wasOfOthers: true };
  const [, key] = /^rehearse_([0-9a-f]{16})_[0-9]+$/.exec(name) ?? [];
  if (key === undefined) return undefined;
  const isWhole = new RegExp(`sha256:${key}[0-9a-f]*$`).test(comment);
  return { ...common, kind: isWhole ? 'dataset' : 'interrupted load' };
}

/** Nobody gets in, so that one without our words holds nothing that anybody has put there. */
const CLOSED = ' ALLOW_CONNECTIONS false CONNECTION LIMIT 0';
/** Of `pg_database d`: as such a one is. 14–18. */
export const UNFINISHED = 'NOT d.datallowconn AND d.datconnlimit = 0';

/**
 * With our words; nobody gets in until it is opened. `how`: owner, template, strategy. Throws what the server says where it does not create it, and
 * `Failure('seed.failed')` where it is there then and may not be commented on. Cost: a copy of files, two checkpoints. 14–18.
 */
export async function createOwnDatabase(
  session: Session,
  name: string,
  { how = '', comment = '' }: { readonly how?: string; readonly comment?: string } = {},
): Promise<void> {
  await session.query(`CREATE DATABASE ${quoteIdentifier(name)}${how}${CLOSED}`);
  try {
    await session.query(commentStatement(name, ownComment(comment)));
  } catch (error) {
    throw sqlStateOf(error) === INSUFFICIENT_PRIVILEGE ? notOurs(name, error) : error;
  }
}

const notOurs = (name: string, cause: unknown): Failure =>
  new Failure('seed.failed', {
    where: `database ${name}`,
    message: `this role may create it and not say that it is ours: ${messageOf(cause)}`,
    hint: 'the role needs the rights of the owner without SET ROLE: ALTER ROLE … INHERIT, from 16 on GRANT … WITH INHERIT TRUE',
    cause,
  });

/** One catalog row; 14–18. */
export async function openOwnDatabase(session: Session, name: string): Promise<void> {
  await session.query(
    `ALTER DATABASE ${quoteIdentifier(name)} WITH ALLOW_CONNECTIONS true CONNECTION LIMIT -1`,
  );
}

/** One catalog row; 14–18. */
export const commentStatement = (database: string, comment: string): string =>
  `COMMENT ON DATABASE ${quoteIdentifier(database)} IS ${comment === '' ? 'NULL' : quoteLiteral(comment)}`;

export async function commentOn(session: Session, database: string): Promise<string> {
  const { rows } = await session.query(COMMENT, [database]);
  return rows[0] === undefined ? '' : textOf(rows[0], 'comment');
}

/** Cost: one catalog row. 14–18. */
const COMMENT = `SELECT coalesce(pg_catalog.shobj_description(oid, 'pg_database'), '') AS comment FROM pg_catalog.pg_database WHERE datname = $1`;

/** By files instead of block by block through the WAL: 1.2 GB in 2 s instead of 8 (15 and later; before it is the only way). `version`: a column. */
export const copyStrategy = (facts: Row): string =>
  numberOf(facts, 'version') >= 150_000 ? ' STRATEGY FILE_COPY' : '';

/** Nobody gets in any more; who is in it stays. Where the harness is killed now, it is unfinished. One catalog row; 14–18. */
export async function closeOwnDatabase(session: Session, name: string): Promise<void> {
  await session.query(`ALTER DATABASE ${quoteIdentifier(name)} WITH${CLOSED}`);
}

export async function isThere(session: Session, name: string): Promise<boolean> {
  return (await session.query(EXISTS, [name])).rows.length > 0;
}

/** Whoever is connected is cut off, where the role may do that with all of them; else they have 5 s to leave. False: somebody else was quicker. */
export async function dropDatabase(session: Session, name: string): Promise<boolean> {
  if (!(await isThere(session, name))) return false;
  // IF EXISTS as well, for two may do this at once. Cost: a checkpoint. 14–18.
  const drop = `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`;
  try {
    await session.query(`${drop} WITH (FORCE)`);
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    await session.query(drop);
  }
  return true;
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Cost: one row by its key. 14–18. */
const EXISTS = 'SELECT FROM pg_catalog.pg_database WHERE datname = $1';
