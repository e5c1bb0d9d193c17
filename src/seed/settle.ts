import { textOf, type Session } from '../target/index.ts';

import { crewSession, shareOut, untilGone } from './crew.ts';
import { seedFailure } from './failure.ts';
import { RELATION_SETTLED } from './manifest.ts';
import { inTransaction } from './schema.ts';
import type { Seeding } from './seeding.ts';
import { connectionsOf, openLoadSession } from './session.ts';
import { withoutOwnTriggers } from './triggers.ts';
import { itemOfSettling, type Relation, type Work } from './work.ts';

/** All relations, several at a time; then the sessions go, so that what they did is counted. */
export async function settleRelations(seeding: Seeding, { unsettled }: Work): Promise<void> {
  const { crew, options, session, reporter } = seeding;
  if (unsettled.length === 0) return;
  const sessions: Session[] = [];
  for (let n = 0; n < Math.min(connectionsOf(options), unsettled.length); n++)
    sessions.push(await crewSession(crew, () => openLoadSession(options)));
  let n = 0;
  await shareOut(crew, { workers: sessions, tasks: unsettled }, async (one, relation) => {
    n++;
    reporter.tell({ kind: 'vacuuming', table: relation.display, n, of: unsettled.length }, false);
    await settle(one, relation);
    reporter.reached(itemOfSettling(relation), 1);
  });
  const pids = sessions.map(({ pid }) => pid);
  for (const one of sessions) await one.close();
  await untilGone(session, pids);
}

/**
 * After the rows, before the indexes (which a vacuum would only have to walk through): visibility maps, TOAST's included, so that
 * neither readers nor autovacuum write during the measurement. Before any checkpoint: after one the pages would have
 * to be logged in full. A relation that shall keep its dead tuples is read instead.
 */
async function settle(session: Session, relation: Relation): Promise<void> {
  const { relation: name, deadTuples, display } = relation;
  try {
    if (relation.toBeAged) await age(session, relation);
    for (const statement of deadTuples > 0 ? await readings(session, name) : [vacuumOf(relation)])
      await session.query(statement);
    await session.query(RELATION_SETTLED, [name]);
  } catch (error) {
    throw seedFailure(error, { doing: `vacuuming ${display}`, where: `table ${display}` });
  }
}

/** Cost: a look at the visibility map where COPY has frozen the rows, else one scan; TOAST is scanned. 14–18. */
const vacuumOf = ({ relation, throughParent }: Relation): string =>
  throughParent ? `VACUUM (FREEZE) ${relation}` : `VACUUM ${relation}`;

/** A reader prunes and sets hint bits on the pages that it meets: the first one is this. Cost: one scan each. 14–18. */
async function readings(session: Session, relation: string): Promise<readonly string[]> {
  const { rows } = await session.query(TOAST, [relation]);
  const toast = rows.map((row) => `SELECT count(*) FROM ${textOf(row, 'toast')}`);
  return [`SELECT count(*) FROM ONLY ${relation}`, ...toast];
}

/** Catalog only; 14–18. Only superusers may read TOAST tables. */
const TOAST = `
SELECT format('pg_toast.%I', t.relname) AS toast
FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.oid = $1::text::regclass AND current_setting('is_superuser') = 'on'`;

const MARK = 'aged ';

/**
 * Where rows went through a partitioned table their places are not known beforehand: there dead tuples are left by updates that
 * change nothing, spread evenly. One transaction with its mark in the manifest.
 */
async function age(session: Session, { relation, deadTuples }: Relation): Promise<void> {
  const column = await updatableColumn(session, relation);
  if (column === undefined) return;
  await inTransaction(session, async () => {
    const marked = await session.query(RELATION_SETTLED, [MARK + relation]);
    if (marked.rowCount === 0) return;
    const triggers = await withoutOwnTriggers(session, relation);
    for (const statement of triggers.before) await session.query(statement);
    // Versions for each live row; more than one need several rounds.
    const versions = deadTuples / (1 - deadTuples);
    const rounds = Math.ceil(versions);
    for (let round = 0; round < rounds; round++)
      await session.query(updateStatement(relation, column), [versions / rounds]);
    for (const statement of triggers.after) await session.query(statement);
  });
}

/** Cost: a scan and the rewritten rows. 14–18. */
const updateStatement = (relation: string, column: string): string => `
UPDATE ONLY ${relation} AS t SET ${column} = t.${column} FROM (
  SELECT tid FROM (SELECT ctid AS tid, (row_number() OVER () - 1)::float8 AS place FROM ONLY ${relation}) AS p
  WHERE floor((place + 1) * $1::float8) <> floor(place * $1::float8)
) AS old WHERE t.ctid = old.tid`;

async function updatableColumn(session: Session, relation: string): Promise<string | undefined> {
  const { rows } = await session.query(UPDATABLE_COLUMN, [relation]);
  return rows[0] === undefined ? undefined : textOf(rows[0], 'name');
}

/** Catalog only; 14–18. The narrowest. */
const UPDATABLE_COLUMN = `
SELECT quote_ident(attname) AS name FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'
ORDER BY attlen < 0, attlen, attnum LIMIT 1`;

/**
 * An insert-driven autovacuum would take the dead tuples away: the server forgets the rows that came in. The ANALYZE that follows
 * counts the dead ones anew. Where the role may not, autovacuum comes.
 */
export async function forgetInserts(session: Session, { relations }: Work): Promise<void> {
  for (const { relation, deadTuples } of relations)
    if (deadTuples > 0) await session.query(FORGET_INSERTS, [relation]);
}

/** Cost: none. 14–18. */
const FORGET_INSERTS = `
SELECT CASE WHEN has_function_privilege('pg_stat_reset_single_table_counters(oid)', 'EXECUTE')
  THEN pg_stat_reset_single_table_counters($1::text::regclass::oid) END`;
