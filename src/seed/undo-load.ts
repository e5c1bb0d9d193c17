import { Failure, messageOf } from '../errors.ts';
import {
  connect,
  NAMED_OBJECTS,
  reachDatabase,
  SHIELD,
  textOf,
  type CleanUpOptions,
  type ForeignDatabase,
  type LeftOver,
  type Session,
} from '../target/index.ts';

import { begunLoad } from './begun-load.ts';
import { isAlone } from './manifest.ts';
import { strangersRows } from './own-rows.ts';
import { inTransaction } from './schema.ts';

/**
 * Removes from the named database what an interrupted load has made there; all of it stays where others have put something beside it or into
 * it. Undefined: there is none of this role, or it goes on. Throws where the database can not be looked into.
 */
export async function sweepLoad(
  foreign: ForeignDatabase,
  { dryRun }: CleanUpOptions,
): Promise<LeftOver | undefined> {
  const connection = await reachDatabase(foreign);
  // With the name of a load, so that no other begins meanwhile.
  await using session = await connect(connection, 'seed', { settings: SETTINGS });
  const load = await begunLoad(session);
  if (load === undefined || !(await isAlone(session))) return undefined;
  return {
    kind: 'load into a database',
    name: `${load.dataset} in ${connection.database}`,
    fate: await fateOf(session, load.strangers, dryRun),
  };
}

/** Nobody waits behind it for long, and no policy hides rows. 14–18. */
const SETTINGS = { ...SHIELD, lock_timeout: '2s', row_security: 'off' };

async function fateOf(
  session: Session,
  strangers: readonly string[],
  dryRun: boolean,
): Promise<LeftOver['fate']> {
  if (strangers.length > 0) return stays(`somebody has put ${strangers.join(', ')} beside it; ${WAYS}`);
  try {
    const tables = (await session.query(MADE_TABLES)).rows.map((row) => textOf(row, 'name'));
    if (dryRun) await requireOwn(session, tables);
    else await inTransaction(session, () => undo(session, tables));
    return { kind: 'removed' };
  } catch (error) {
    return stays(messageOf(error));
  }
}

const stays = (reason: string): LeftOver['fate'] => ({ kind: 'stays', reason });

const WAYS = 'loading the same dataset again finishes it';

async function requireOwn(session: Session, tables: readonly string[]): Promise<void> {
  const found = await strangersRows(session, tables);
  if (found.length === 0) return;
  throw new Failure('usage', { message: `somebody has put rows into ${found.join(', ')}; ${WAYS}` });
}

async function undo(session: Session, tables: readonly string[]): Promise<void> {
  if (tables.length > 0) await session.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  await requireOwn(session, tables);
  const others = await namesOf(session, OTHERS_OBJECTS);
  for (const statement of (await session.query(DROPS)).rows)
    await session.query(textOf(statement, 'statement'));
  await session.query('DROP SCHEMA rehearse CASCADE');
  const left = await namesOf(session, OBJECTS_LEFT);
  const different = [
    ...others.filter((name) => !left.includes(name)).map((name) => `${name} would go with it`),
    ...left.filter((name) => !others.includes(name)).map((name) => `${name} can not be dropped`),
  ];
  if (different.length > 0)
    throw new Failure('usage', { message: `${different.slice(0, 3).join(', ')}; ${WAYS}` });
}

const namesOf = async (session: Session, query: string): Promise<readonly string[]> =>
  (await session.query(query)).rows.map((row) => textOf(row, 'name'));

/* Catalog only; 14–18. */

const MADE_TABLES = `
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
FROM rehearse.object k JOIN pg_catalog.pg_class c ON c.oid = k.object JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND k.made = 'by the schema' AND c.relkind = 'r' AND c.relpersistence <> 't'`;

/** The manifest goes by itself. */
const NOT_OF_THE_MANIFEST = `o.name !~ '^([a-z ]+ rehearse\\.|schema rehearse$)'`;

const OTHERS_OBJECTS = `
SELECT o.name FROM (${NAMED_OBJECTS}) AS o
WHERE ${NOT_OF_THE_MANIFEST} AND NOT EXISTS (SELECT FROM rehearse.object k
  WHERE k.class = o.class AND k.object = o.oid AND k.made = 'by the schema')`;

const OBJECTS_LEFT = `SELECT o.name FROM (${NAMED_OBJECTS}) AS o WHERE ${NOT_OF_THE_MANIFEST}`;

/** What belongs to another object goes with that one; CASCADE takes the rest in any order, and what it takes is looked at afterwards. */
const DROPS = `
SELECT CASE o.type WHEN 'large object' THEN pg_catalog.format('SELECT pg_catalog.lo_unlink(%s)', k.object)
  ELSE pg_catalog.format('DROP %s IF EXISTS %s CASCADE', pg_catalog.replace(o.type, '-', ' '), o.identity) END AS statement
FROM rehearse.object k CROSS JOIN LATERAL pg_catalog.pg_identify_object(k.class, k.object, 0) AS o
WHERE k.made = 'by the schema' AND o.identity IS NOT NULL AND coalesce(o.schema, o.identity) !~ '^pg_(temp|toast)'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = k.class AND d.objid = k.object AND d.objsubid = 0 AND d.deptype IN ('i', 'e', 'P', 'S'))
ORDER BY k.object`;
