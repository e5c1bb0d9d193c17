import { messageOf } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/index.ts';
import {
  booleanOf,
  connect,
  reachDatabase,
  textOf,
  tryLockName,
  type CleanUpOptions,
  type ForeignDatabase,
  type LeftOver,
  type Row,
  type Session,
} from '../../target/index.ts';

import { OWN_SETTINGS, WITNESS_SCHEMA } from './event-triggers.ts';

/**
 * Drops the event triggers that a killed rehearsal has left in the named database: they would act on everybody's commands. Undefined: there are none, or somebody
 * still works there. Throws where the database can not be looked into.
 */
export async function sweepWitness(
  foreign: ForeignDatabase,
  { dryRun }: CleanUpOptions = { dryRun: false },
): Promise<LeftOver | undefined> {
  const { database } = foreign.connection;
  const connection = await reachDatabase(foreign);
  await using session = await connect(connection, 'audit', { settings: OWN_SETTINGS });
  const row = (await session.query(LEFT)).rows[0];
  if (row === undefined || !(await tryLockName(session, database))) return undefined;
  return {
    kind: 'event triggers',
    name: `schema ${WITNESS_SCHEMA} in ${database}`,
    fate: await fateOf(session, row, dryRun),
  };
}

async function fateOf(session: Session, row: Row, dryRun: boolean): Promise<LeftOver['fate']> {
  if (!booleanOf(row, 'may_drop'))
    return { kind: 'stays', reason: `only ${textOf(row, 'owner')} or a superuser may drop them` };
  if (dryRun) return { kind: 'removed' };
  try {
    await drop(session, textOf(row, 'triggers').split(' ').filter(Boolean));
    return { kind: 'removed' };
  } catch (error) {
    return { kind: 'stays', reason: messageOf(error) };
  }
}

/** Without CASCADE: where somebody has put something of his own into the schema, all of it stays. Waits for nobody's locks for long. 14–18. */
async function drop(session: Session, triggers: readonly string[]): Promise<void> {
  await session.query('BEGIN');
  for (const name of triggers) await session.query(`DROP EVENT TRIGGER ${quoteIdentifier(name)}`);
  await session.query(`DROP FUNCTION ${WITNESS_SCHEMA}.report()`);
  await session.query(`DROP SCHEMA ${WITNESS_SCHEMA}`);
  await session.query('COMMIT');
}

/** Known by the setting that the function asks for. Their names are words without a blank. Cost: one function by its name. 14–18. */
const LEFT = `
SELECT pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS may_drop, pg_catalog.pg_get_userbyid(n.nspowner)::text AS owner,
  (SELECT coalesce(pg_catalog.string_agg(e.evtname, ' '), '') FROM pg_catalog.pg_event_trigger e WHERE e.evtfoid = p.oid) AS triggers
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = '${WITNESS_SCHEMA}' AND p.proname = 'report' AND p.prorettype = 'pg_catalog.event_trigger'::pg_catalog.regtype
  AND pg_catalog.strpos(p.prosrc, 'rehearse.witness') > 0`;
