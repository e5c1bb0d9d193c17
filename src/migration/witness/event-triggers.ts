import { messageOf } from '../../errors.ts';
import {
  booleanOf,
  connect,
  SHIELD,
  withShieldedSession,
  type ConnectionSettings,
} from '../../target/index.ts';

import { REPORT_STATE } from './reports.ts';

/** A session with this setting is told of its commands. A name with a dot is free for everybody (manual, 20.16). */
export const WITNESSED = { 'rehearse.witness': 'on' };

export interface EventTriggers extends AsyncDisposable {
  /** Why there are none; undefined: they are there. */
  readonly missing: string | undefined;
}

export interface Place {
  /** Whether others may be at work in the database: there nothing is made that acts on their commands, or could stay when the harness is killed. */
  readonly inPlace: boolean;
}

/**
 * Makes the server tell of every command that changes the schema, from inside of functions, DO blocks and scripts too (manual, 38.1): what it locked, scanned and
 * wrote anew. Put in place before the traffic begins, because a new schema makes every session plan its statements anew. Never rejects: without them the
 * report says less, and why.
 */
export async function installEventTriggers(
  connection: ConnectionSettings,
  { inPlace }: Place = { inPlace: false },
): Promise<EventTriggers> {
  const missing = inPlace
    ? 'event triggers would act on the commands of everybody in a database that is not the run’s own'
    : await install(connection).catch(
        (error: unknown) => `event triggers could not be created: ${messageOf(error)}`,
      );
  return {
    missing,
    [Symbol.asyncDispose]: async () => {
      if (missing === undefined) await remove(connection).catch(() => undefined);
    },
  };
}

async function install(connection: ConnectionSettings): Promise<string | undefined> {
  await using session = await connect(connection, 'audit', { settings: OWN_SETTINGS });
  const { rows } = await session.query(IS_SUPERUSER);
  if (rows[0] === undefined || !booleanOf(rows[0], 'super'))
    return 'event triggers can be created by superusers only';
  await session.query('BEGIN');
  // A run that was killed may have left its own behind.
  await session.query(DROP);
  await session.query(CREATE_SCHEMA);
  await session.query(CREATE_FUNCTION);
  for (const event of EVENTS) await session.query(createTrigger(event));
  await session.query('COMMIT');
  return undefined;
}

async function remove(connection: ConnectionSettings): Promise<void> {
  await withShieldedSession(connection, (session) => session.query(DROP));
}

/** Somebody else's event triggers may be slow, or somebody may hold a lock on the catalogs. */
export const OWN_SETTINGS = {
  ...SHIELD,
  lock_timeout: '2s',
  statement_timeout: '5s',
  client_min_messages: 'warning',
};

/** Cost: one row of a catalog. 14–18. */
const IS_SUPERUSER = 'SELECT rolsuper AS super FROM pg_catalog.pg_roles WHERE rolname = current_user';

export const WITNESS_SCHEMA = 'rehearse_witness';

/** With it go its function and the triggers that depend on that. Locks nothing of anybody's. 14–18. */
const DROP = `DROP SCHEMA IF EXISTS ${WITNESS_SCHEMA} CASCADE`;

/** 14–18. */
const CREATE_SCHEMA = `CREATE SCHEMA ${WITNESS_SCHEMA}`;

const EVENTS = ['ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite'] as const;

/** 14–18. */
const createTrigger = (event: (typeof EVENTS)[number]): string =>
  `CREATE EVENT TRIGGER ${WITNESS_SCHEMA}_${event} ON ${event} EXECUTE FUNCTION ${WITNESS_SCHEMA}.report()`;

/**
 * INFO reaches the client whatever its client_min_messages, never the server's log, and survives a rollback (manual, table 20.2). Other sessions pay for the look at a
 * setting, the migration's for a pass over its locks and the tables' counters: 0.3 ms a command. An error in here is nobody's but ours. 14–18.
 */
const CREATE_FUNCTION = `
CREATE FUNCTION ${WITNESS_SCHEMA}.report() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  said jsonb;
  context text;
BEGIN
  IF current_setting('rehearse.witness', true) IS DISTINCT FROM 'on' THEN RETURN; END IF;
  BEGIN
    said := jsonb_build_object('event', tg_event, 'tag', tg_tag, 'at', extract(epoch FROM clock_timestamp()) * 1000);
    IF tg_event IN ('ddl_command_start', 'ddl_command_end') THEN
      said := said || jsonb_build_object(
        'locks', (
          SELECT coalesce(jsonb_agg(jsonb_build_array(l.relation::text, l.mode)), '[]') FROM pg_locks l
          WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384
            AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())),
        'scans', (
          SELECT coalesce(jsonb_object_agg(c.oid::text, pg_stat_get_xact_numscans(c.oid)), '{}') FROM pg_class c
          WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384 AND pg_stat_get_xact_numscans(c.oid) > 0));
    END IF;
    IF tg_event = 'ddl_command_start' THEN
      GET DIAGNOSTICS context = PG_CONTEXT;
      said := said || jsonb_build_object('context', context);
    ELSIF tg_event = 'ddl_command_end' THEN
      said := said || jsonb_build_object('objects', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('tag', o.command_tag, 'identity', o.object_identity)), '[]')
        FROM pg_event_trigger_ddl_commands() o));
    ELSIF tg_event = 'sql_drop' THEN
      said := said || jsonb_build_object('objects', (
        SELECT coalesce(jsonb_agg(o.object_identity), '[]') FROM pg_event_trigger_dropped_objects() o WHERE o.original));
    ELSE
      said := said || jsonb_build_object(
        'table', pg_event_trigger_table_rewrite_oid()::text, 'reasons', pg_event_trigger_table_rewrite_reason());
    END IF;
    RAISE INFO USING ERRCODE = '${REPORT_STATE}', MESSAGE = said::text;
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
END $body$`;
