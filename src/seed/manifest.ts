import { createHash } from 'node:crypto';

import { systemClock } from '../clock.ts';
import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import { EVERY_OBJECT, numberOf, textOf, type Row, type Session } from '../target/thread.ts';
import { milliseconds } from '../units.ts';

import type { Part } from './part.ts';

/**
 * The schema is being made; keys and indexes are taken away; rows come in and the rest follows, each piece of which is recorded by
 * itself.
 */
const STAGES = ['schema', 'drop', 'load'] as const;
type Stage = (typeof STAGES)[number];

/** `standing` → `dropped` → `built` → `attached` → `checked`; `kept` where something else needs it. */
export type PartState = 'standing' | 'kept' | 'dropped' | 'built' | 'attached' | 'checked';

export interface PartRecord {
  readonly n: number;
  readonly part: Part;
  readonly state: PartState;
}

/**
 * What is finished of a load. It stands in the database itself, in a schema of our own, and changes in the transactions that
 * finish something: whatever is killed, it tells the truth. It goes when all is done.
 */
export interface Manifest {
  readonly stage: Stage;
  /** Statements of the schema that are committed. */
  readonly statements: number;
  /** A statement that can not run in a transaction was begun and may have been finished. */
  readonly doubtful: boolean;
  readonly parts: readonly PartRecord[];
  /** Rows by the name of the unit, as the server counted them. */
  readonly units: ReadonlyMap<string, number>;
  /** Relations that are aged or vacuumed. */
  readonly settled: ReadonlySet<string>;
}

export type Found =
  { readonly kind: 'new' | 'whole' } | { readonly kind: 'begun'; readonly manifest: Manifest };

/** What an earlier load of the dataset left. Throws `Failure('seed.failed')` where it was not of this dataset. */
export async function findManifest(
  session: Session,
  dataset: ResolvedDataset,
  resume: boolean,
): Promise<Found> {
  await untilAlone(session);
  const exists = await session.query(EXISTS);
  if (exists.rows.length === 0) {
    const mark = resume ? await session.query(READ_MARK) : undefined;
    const text = mark?.rows[0] === undefined ? '' : textOf(mark.rows[0], 'mark');
    return { kind: text.endsWith(fingerprintOf(dataset)) ? 'whole' : 'new' };
  }
  const { rows } = await session.query(READ_LOAD);
  const load = rows[0];
  if (!resume || load === undefined || textOf(load, 'fingerprint') !== fingerprintOf(dataset))
    throw unfinished(resume);
  return { kind: 'begun', manifest: await readManifest(session, load) };
}

/** Backends of a load that was killed notice it within a second, and may finish something until then. */
async function untilAlone(session: Session): Promise<void> {
  for (let polls = 0; polls < LONGEST_POLLS; polls++) {
    if (await isAlone(session)) return;
    await systemClock.sleep(POLL);
  }
  throw new Failure('seed.failed', {
    message: 'another load is going on in the database',
    hint: 'wait for its end, or end its sessions (application_name rehearse/seed)',
  });
}

/** No load goes on in the database of the session. */
export async function isAlone(session: Session): Promise<boolean> {
  return (await session.query(OTHERS)).rows.length === 0;
}

const POLL = milliseconds(50);
const LONGEST_POLLS = 600;

/** Cost: one look at the backends' slots. 14–18. */
const OTHERS = `
SELECT FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND application_name = 'rehearse/seed' AND pid <> pg_catalog.pg_backend_pid()`;

async function readManifest(session: Session, load: Row): Promise<Manifest> {
  const parts = await session.query(READ_PARTS);
  const units = await session.query(READ_UNITS);
  const settled = await session.query(READ_SETTLED);
  return {
    stage: oneOf(STAGES, textOf(load, 'stage')),
    statements: numberOf(load, 'statements'),
    doubtful: load['doubtful'] === true,
    parts: parts.rows.map((row) => ({
      n: numberOf(row, 'n'),
      // What `recordParts` wrote.
      part: JSON.parse(textOf(row, 'part')) as Part,
      state: oneOf(PART_STATES, textOf(row, 'state')),
    })),
    units: new Map(units.rows.map((row) => [textOf(row, 'name'), numberOf(row, 'rows')])),
    settled: new Set(settled.rows.map((row) => textOf(row, 'name'))),
  };
}

const PART_STATES: readonly PartState[] = ['standing', 'kept', 'dropped', 'built', 'attached', 'checked'];

function oneOf<T extends string>(all: readonly T[], text: string): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new Failure('bug', { message: `the manifest says ${JSON.stringify(text)}` });
  return found;
}

function unfinished(resume: boolean): Failure {
  return new Failure('seed.failed', {
    message: `the database holds an unfinished load${resume ? ' of another dataset' : ''}`,
    where: 'schema rehearse',
    hint: 'load that dataset again to finish it, or name another database',
  });
}

/** Short, and safe inside a comment. */
const fingerprintOf = (dataset: ResolvedDataset): string =>
  `sha256:${createHash('sha256').update(dataset.fingerprint).digest('hex')}`;

/** Starts the manifest of a new load: a table to read its state from, in the transaction of the caller. */
export async function beginManifest(session: Session, dataset: ResolvedDataset): Promise<Manifest> {
  for (const statement of CREATE) await session.query(statement);
  const { rows } = await session.query(COMMENT_STATEMENT, [markOf(dataset)]);
  for (const row of rows) await session.query(textOf(row, 'statement'));
  await session.query(BEGIN_LOAD, [fingerprintOf(dataset)]);
  await session.query(recordObjects('before'));
  return {
    stage: 'schema',
    statements: 0,
    doubtful: false,
    parts: [],
    units: new Map(),
    settled: new Set(),
  };
}

/** Takes the manifest away; the mark on the database lets a resumption know that nothing is left to do. */
export async function endManifest(session: Session, dataset: ResolvedDataset): Promise<void> {
  const { rows } = await session.query(MARK_STATEMENT, [markOf(dataset)]);
  const statements = rows.map((row) => textOf(row, 'statement'));
  // Several statements in one text are one transaction.
  await session.query([...statements, DROP].join('; '));
}

const markOf = (dataset: ResolvedDataset): string =>
  `pg-rehearse: dataset ${dataset.name}, scale ${dataset.scale}, seed ${dataset.seed}, ${fingerprintOf(dataset)}`;

/** Statements of the schema up to `n` are run; in their transaction. */
export async function schemaReached(session: Session, n: number): Promise<void> {
  await session.query(recordObjects('by the schema'));
  await session.query(SCHEMA_WRITTEN, [n]);
  await session.query(SCHEMA_REACHED, [n]);
}

/* All: tables of some rows, one statement each; 14–18. */

const EXISTS = `SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'rehearse' AND tablename = 'load'`;
const READ_LOAD = 'SELECT fingerprint, stage, statements, doubtful FROM rehearse.load';
const READ_PARTS = 'SELECT n, part, state FROM rehearse.part ORDER BY n';
const READ_UNITS = 'SELECT name, rows FROM rehearse.unit';
const READ_SETTLED = 'SELECT name FROM rehearse.settled';
/** Each with a key, without which a publication FOR ALL TABLES forbids to update it. */
const CREATE = [
  'CREATE SCHEMA rehearse',
  'CREATE TABLE rehearse.load (fingerprint text PRIMARY KEY, stage text NOT NULL, statements int NOT NULL, doubtful boolean NOT NULL)',
  'CREATE TABLE rehearse.part (n int PRIMARY KEY, part text NOT NULL, state text NOT NULL)',
  'CREATE TABLE rehearse.unit (name text PRIMARY KEY, rows bigint NOT NULL)',
  'CREATE TABLE rehearse.settled (name text PRIMARY KEY)',
  // A row of each transaction of the schema: what it has put into tables is the load's own.
  'CREATE TABLE rehearse.written (statements int PRIMARY KEY)',
  'CREATE TABLE rehearse.object (class oid, object oid, made text NOT NULL, PRIMARY KEY (class, object))',
];
export const MANIFEST_TABLES = ['load', 'part', 'unit', 'settled', 'written', 'object'] as const;
const COMMENT_STATEMENT = `SELECT pg_catalog.format('COMMENT ON SCHEMA rehearse IS %L', $1::text) AS statement`;
const BEGIN_LOAD = `INSERT INTO rehearse.load VALUES ($1, 'schema', 0, false)`;
const DROP = 'DROP SCHEMA rehearse CASCADE';

const SCHEMA_WRITTEN = 'INSERT INTO rehearse.written VALUES ($1)';
const SCHEMA_REACHED = 'UPDATE rehearse.load SET statements = $1, doubtful = false';
export const SCHEMA_DOUBTFUL = 'UPDATE rehearse.load SET doubtful = true';
export const STAGE_BEGUN = 'UPDATE rehearse.load SET stage = $1';
export const RECORD_PARTS = `INSERT INTO rehearse.part SELECT n, part, 'standing' FROM unnest($1::int[], $2::text[]) AS p (n, part)`;
export const UNIT_LOADED = 'INSERT INTO rehearse.unit VALUES ($1, $2)';
export const RELATION_SETTLED = 'INSERT INTO rehearse.settled VALUES ($1) ON CONFLICT DO NOTHING';

/** What is there and not recorded yet; what comes later was made by somebody else. Catalog only; 14–18. */
const recordObjects = (made: 'before' | 'by the schema'): string => `
INSERT INTO rehearse.object SELECT c.class, c.oid, '${made}' FROM (${EVERY_OBJECT}) AS c
WHERE NOT EXISTS (SELECT FROM rehearse.object k WHERE k.class = c.class AND k.object = c.oid)`;

/** Without values, to stand in one text, and so in one transaction, with what it records. */
export const partReached = (ns: readonly number[], state: PartState): string =>
  `UPDATE rehearse.part SET state = '${state}' WHERE n IN (${ns.join(', ')})`;

/** Only an owner may say something about the database. */
const READ_MARK = `
SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS mark
FROM pg_catalog.pg_database d WHERE d.datname = current_database()`;
/** The last line is ours, what else somebody has written stays. */
const MARK_STATEMENT = `
SELECT pg_catalog.format('COMMENT ON DATABASE %I IS %L', d.datname, pg_catalog.concat_ws(E'\\n',
  nullif(pg_catalog.regexp_replace(coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), ''), E'\\n?pg-rehearse: dataset [^\\n]*$', ''), ''), $1::text)) AS statement
FROM pg_catalog.pg_database d WHERE d.datname = current_database() AND pg_catalog.pg_has_role(d.datdba, 'USAGE')`;
