import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { installEventTriggers, runMigration, type StepRun } from '#rooms/migration/index.js';
import type { SqlStep } from '#rooms/plan/index.js';
import {
  connect,
  LockWaitLog,
  withSession,
  type ConnectionSettings,
  type Notice,
} from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { encrypted } from './encrypted.js';
import { homeAt, INSTALLED_BIN, newInstance, removeDirectory, temporaryDirectory } from './server.js';
import { sharedServer } from './shared-server.js';
import { overhear } from './witnessed.js';

const server = sharedServer(`
CREATE ROLE owner LOGIN PASSWORD 'plain';
CREATE TABLE things (id int PRIMARY KEY, name text);
INSERT INTO things SELECT n, 'thing' FROM generate_series(1, 100) n;
ALTER TABLE things OWNER TO owner;
GRANT CREATE ON SCHEMA public TO owner;
CREATE TYPE mood AS ENUM ('fine');`);

const OURS = `SELECT evtname FROM pg_event_trigger
  UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rehearse%'`;

const asOwner = (): ConnectionSettings => ({ ...server.connection(), user: 'owner', password: 'plain' });

function sql(texts: readonly string[], transactional = true): SqlStep {
  return {
    kind: 'sql',
    name: 'sql',
    units: [{ begin: 'BEGIN', statements: texts.map((text, line) => ({ text, line, transactional })) }],
    lockTimeout: undefined,
    statementTimeout: undefined,
    retries: 0,
    backoff: ms(0),
    maxBackoff: ms(0),
    location: { file: 'migration.sql', path: 'migration' },
  };
}

async function migrated(step: SqlStep): Promise<StepRun> {
  const { steps } = await runMigration([step], {
    connection: server.connection(),
    clock: systemClock,
    origin: systemClock.now(),
    directory: '/',
    signal: new AbortController().signal,
    waits: new LockWaitLog(systemClock),
    sees: { locks: true },
    onEvent: () => undefined,
  });
  expect(steps[0]!.error).toBeUndefined();
  return steps[0]!;
}

afterEach(async () => {
  expect(await server.run(OURS)).toEqual([]);
});

describe('event triggers', () => {
  it('tell of the commands inside of a SQL step, and why a table was written anew', async () => {
    await using triggers = await installEventTriggers(server.connection());
    expect(triggers.missing).toBeUndefined();
    const { statements } = await migrated(
      sql([
        'ALTER TABLE things ADD COLUMN token uuid DEFAULT gen_random_uuid()',
        'DO $$ BEGIN ALTER TABLE things ALTER name TYPE varchar(9); ALTER TABLE things SET UNLOGGED; END $$',
      ]),
    );
    expect(statements).toMatchObject([
      { lockSource: 'own-session', rewritten: [{ relation: 'things', reasons: ['column-default'] }] },
      {
        rewritten: [{ relation: 'things' }],
        commands: [
          { text: 'ALTER TABLE things ALTER name TYPE varchar(9)', rewritten: ['things'] },
          { text: 'ALTER TABLE things SET UNLOGGED', rewritten: ['things'] },
        ],
      },
    ]);
    for (const { notices } of statements) expect(notices).toEqual([]);
  });

  it('tell of statements that run outside of a transaction', async () => {
    await using triggers = await installEventTriggers(server.connection());
    expect(triggers.missing).toBeUndefined();
    const { statements } = await migrated(
      sql(
        [
          "ALTER TYPE mood ADD VALUE 'better'",
          'CREATE INDEX CONCURRENTLY things_name ON things (name)',
          'DROP INDEX CONCURRENTLY things_name',
          'ALTER TABLE things ADD COLUMN more int',
        ],
        false,
      ),
    );
    expect(statements.map(({ commands, lockSource }) => [commands![0]!.object, lockSource])).toEqual([
      ['mood', 'unseen'],
      ['things_name', 'unseen'],
      ['things_name', 'event-triggers'],
      ['things', 'event-triggers'],
    ]);
    expect(statements[3]?.locks).toMatchObject([
      { relation: 'things', mode: 'AccessExclusiveLock', source: 'exact' },
    ]);
  });

  it('say nothing to other sessions', async () => {
    await using triggers = await installEventTriggers(server.connection());
    expect(triggers.missing).toBeUndefined();
    await using session = await connect(server.connection(), 'actor');
    const heard: Notice[] = [];
    session.onNotice((notice) => heard.push(notice));
    await session.query('CREATE TABLE quiet (id int)');
    await session.query('DROP TABLE quiet');
    expect(heard).toEqual([]);
  });

  it('that fail do not fail the migration', async () => {
    await using triggers = await installEventTriggers(server.connection());
    expect(triggers.missing).toBeUndefined();
    await server.run(`DO $do$ BEGIN
      EXECUTE replace(pg_get_functiondef('rehearse_witness.report'::regproc), 'said := jsonb_build_object', 'PERFORM 1 / 0; said := jsonb_build_object');
    END $do$`);
    const { statements } = await migrated(sql(['ALTER TABLE things ADD COLUMN unseen int']));
    expect(statements[0]).toMatchObject({ lockSource: 'own-session', locks: [{ relation: 'things' }] });
    expect(statements[0]).not.toHaveProperty('commands');
  });

  it('of a run that was killed are replaced', async () => {
    await installEventTriggers(server.connection());
    await using triggers = await installEventTriggers(server.connection());
    expect(triggers.missing).toBeUndefined();
    expect(await server.run(OURS)).toHaveLength(5);
  });
});

describe('without a superuser', () => {
  it('there are no event triggers, and the reason is told', async () => {
    await using triggers = await installEventTriggers(asOwner());
    expect(triggers.missing).toBe('event triggers can be created by superusers only');
  });

  it('a tool works through the witness all the same, which knows the locks in its transactions', async () => {
    const { statements } = await overhear(asOwner(), async (address) => {
      await withSession(address, 'migration', async (session) => {
        await session.query('BEGIN');
        await session.query('ALTER TABLE things ADD COLUMN by_owner int');
        await session.query('COMMIT');
        await session.query('CREATE INDEX ON things (by_owner)');
      });
    });
    expect(statements.map(({ text }) => text)).toEqual([
      'ALTER TABLE things ADD COLUMN by_owner int',
      'CREATE INDEX ON things (by_owner)',
    ]);
    expect([...statements[0]!.after!.locks.values()].filter(({ relation }) => relation !== '')).toMatchObject(
      [{ relation: 'things', mode: 'AccessExclusiveLock' }],
    );
  });
});

it.runIf(INSTALLED_BIN !== undefined)(
  'over TLS the tool needs none, and authenticates without channel binding',
  async () => {
    const directory = temporaryDirectory();
    const instance = await newInstance(await homeAt(directory));
    try {
      await instance.initialize();
      const connection = await encrypted(instance, { shared_buffers: '32MB', fsync: 'off' });
      const printed: string[] = [];
      const { statements } = await overhear(connection, async ({ host, port, database, user, password }) => {
        const words = ['-XAtc', 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'];
        const env = {
          PGHOST: host,
          PGPORT: String(port),
          PGDATABASE: database,
          PGUSER: user,
          PGPASSWORD: password,
        };
        const { stdout } = await promisify(execFile)(`${INSTALLED_BIN!}/psql`, words, { env });
        printed.push(stdout.trim());
      });
      expect(printed).toEqual(['t']);
      expect(statements).toHaveLength(1);
    } finally {
      await instance.close();
      removeDirectory(directory);
    }
  },
);
