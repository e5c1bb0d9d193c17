import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { withSession, type ConnectionSettings, type Home } from '#rooms/target/index.js';
import { command, startCommand, untouchedHome, type TestHome } from './rehearsal.js';
import {
  homeAt,
  OTHER_BIN,
  processesAt,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
  type StartedInstance,
  USUAL_NAME,
} from './server.js';

const COPYING = `query LIKE 'CREATE DATABASE "rehearse_run%' AND state = 'active'`;

/* `dataset load --database`: a server that is not ours, as far as the command knows. */

describe.each([
  [USUAL_NAME, undefined],
  ['an installed server', OTHER_BIN],
] as const)('into a database of %s', (kind, bin) => {
  const isAbsent = kind === 'an installed server' && bin === undefined;
  let directory: string;
  let home: Home;
  let started: StartedInstance;
  let files: TestHome;
  let dataset: string;

  beforeAll(async () => {
    if (isAbsent) return;
    directory = temporaryDirectory();
    home = await homeAt(directory);
    started = await startedInstance(home, bin);
    files = untouchedHome();
    dataset = join(files.files, 'ledger.yaml');
    writeFileSync(
      join(files.files, 'ledger.sql'),
      `CREATE TYPE kind AS ENUM ('in', 'out');
       CREATE TABLE accounts (id bigint PRIMARY KEY, owner text NOT NULL);
       CREATE TABLE entries (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, kind kind);`,
    );
    const content = { schema: './ledger.sql', tables: { accounts: { rows: 100 }, entries: { rows: 1_000 } } };
    writeFileSync(dataset, JSON.stringify(content));
  });

  afterAll(async () => {
    if (isAbsent) return;
    await started.instance.close();
    await files[Symbol.asyncDispose]();
    removeDirectory(directory);
  });

  const connection = (): ConnectionSettings => started.server.connection;
  const sql = (text: string, database = 'postgres', user?: ConnectionSettings) =>
    withSession({ ...(user ?? connection()), database }, 'audit', (session) => session.query(text));

  /** With the password where nobody sees it. */
  const environment = (user = connection()) => ({
    PGHOST: user.host,
    PGPORT: String(user.port),
    PGUSER: user.user,
    PGPASSWORD: user.password,
  });
  const load = (database: string, ...more: readonly string[]) =>
    command(['dataset', 'load', dataset, '--database', database, ...more], { environment: environment() });
  const templates = async (): Promise<readonly unknown[]> =>
    (await sql(`SELECT datname AS name FROM pg_database WHERE datname LIKE 'rehearse%'`)).rows;

  const commentOn = async (database: string): Promise<unknown> =>
    (
      await sql(
        `SELECT shobj_description(oid, 'pg_database') AS it FROM pg_database WHERE datname = '${database}'`,
      )
    ).rows[0]?.['it'];

  /** Whoever holds the template lets nobody copy it, for the five seconds that a server waits. */
  const loadHeldBack = (database: string) => {
    const { ended } = startCommand(
      // The look for the right moment is traffic.
      ['dataset', 'load', dataset, '--database', database, '--tolerate', 'traffic'],
      { environment: environment() },
    );
    const whileHeld = async (work: () => Promise<void>): Promise<void> => {
      const [{ name }] = (await templates()) as [{ name: string }];
      await withSession({ ...connection(), database: name }, 'audit', async () => {
        const copies = async () => (await sql(`SELECT FROM pg_stat_activity WHERE ${COPYING}`)).rows.length;
        await vi.waitUntil(async () => (await copies()) > 0, { timeout: 20_000, interval: 20 });
        await work();
      });
    };
    return { ended, whileHeld };
  };

  it.skipIf(isAbsent)('loads through a template, and the next database comes from it', async () => {
    await sql('CREATE DATABASE first');
    await sql(`COMMENT ON DATABASE first IS 'of the team'`);
    const first = await load('first');
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stdout).toContain('loaded 1,100 rows');
    expect(first.stdout).toMatch(/first was made from the template rehearse_[0-9a-f]{16}_\d+, which stays/);
    expect(await templates()).toHaveLength(1);
    // Whoever made it says whether it may be rehearsed on.
    expect(first.stdout).toContain('first bears no mark, for it was there before');
    expect(await commentOn('first')).toMatch(/^of the team\npg-rehearse: dataset ledger/);

    const second = await load('second', '--json');
    expect(JSON.parse(second.stdout)).toEqual({
      outcome: 'copied',
      database: 'second',
      marked: true,
      warnings: [],
    });
    // Rows that were made up may be rehearsed on.
    expect(await commentOn('second')).toMatch(/^pg-rehearse: may be changed .*\npg-rehearse: dataset ledger/);
    const content = 'SELECT sum(hashtextextended(e::text, 0)) AS content, count(*) FROM entries e';
    expect((await sql(content, 'second')).rows).toEqual((await sql(content, 'first')).rows);

    const again = await load('first');
    expect(again.stdout).toContain('first holds this dataset already');
    const verified = await command(
      ['dataset', 'verify', dataset, '--database', 'second', '--exact', '--quiet'],
      {
        environment: environment(),
      },
    );
    expect(verified.exitCode, verified.stdout + verified.stderr).toBe(0);
  });

  it.skipIf(isAbsent)('verify finds what was changed since: exit code 99, and says what', async () => {
    await sql('DELETE FROM entries WHERE id > 500', 'second');
    const words = ['dataset', 'verify', dataset, '--database', 'second', '--exact'];
    const { exitCode, stdout } = await command(words, { environment: environment() });
    expect(exitCode, stdout).toBe(99);
    expect(stdout).toMatch(/entries: rows asked 1,?000/);
  });

  it.skipIf(isAbsent)('refuses one that is not empty, and touches nothing in it', async () => {
    await sql('CREATE DATABASE occupied');
    await sql('CREATE TABLE precious AS SELECT 1 AS id', 'occupied');
    const { exitCode, stderr } = await load('occupied');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'database occupied: expected an empty database, found public.precious (table) in it',
    );
    expect((await sql('SELECT id FROM precious', 'occupied')).rows).toEqual([{ id: 1 }]);
  });

  it.skipIf(isAbsent)(
    'loads directly beside what a copy would not have, and refuses what is the server’s',
    async () => {
      await sql('CREATE DATABASE furnished');
      await sql('CREATE SCHEMA app; SELECT lo_create(0)', 'furnished');
      const { exitCode, stdout } = await load('furnished', '--mark');
      expect([exitCode, stdout]).toEqual([
        0,
        expect.stringMatching(/without a template: .*: schema app, large/),
      ]);
      expect(stdout).toContain('furnished is marked');
      expect((await sql('SELECT count(*) FROM pg_largeobject_metadata', 'furnished')).rows).toEqual([
        { count: '1' },
      ]);
      for (const name of ['postgres', 'template1'])
        expect(await load(name)).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining(name) as unknown,
        });
    },
  );

  it.skipIf(isAbsent)('leaves the database where the connection is lost: exit code 3', async () => {
    await sql(`CREATE DATABASE victim`);
    await sql(`COMMENT ON DATABASE victim IS 'keep me'`);
    const running = loadHeldBack('victim');
    await running.whileHeld(async () => {
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${COPYING}`);
      const { exitCode, stderr } = await running.ended;
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('the connection was lost') as unknown]);
    });
    expect(await commentOn('victim')).toBe('keep me');
    expect((await load('victim')).exitCode).toBe(0);
    expect(await commentOn('victim')).toMatch(/^keep me\npg-rehearse: dataset/);
    expect(await templates()).toHaveLength(1);
  });

  it.skipIf(isAbsent)('gives back what somebody has filled while the copy was made', async () => {
    await sql('CREATE DATABASE contested');
    await sql(`COMMENT ON DATABASE contested IS 'a word'`);
    const running = loadHeldBack('contested');
    await running.whileHeld(async () => {
      await sql('CREATE TABLE precious AS SELECT 1 AS id', 'contested');
    });
    expect(await running.ended).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('found public.precious (table) in it') as unknown,
    });
    expect((await sql('SELECT id FROM precious', 'contested')).rows).toEqual([{ id: 1 }]);
    expect(await commentOn('contested')).toBe('a word');
    expect(await templates()).toHaveLength(1);
  });

  it.skipIf(isAbsent)('leaves nothing of a load that can not succeed', async () => {
    const impossible = join(files.files, 'impossible.yaml');
    writeFileSync(
      join(files.files, 'impossible.sql'),
      `CREATE FUNCTION never(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 0';
       CREATE TABLE t (id int PRIMARY KEY CHECK (never(id)));`,
    );
    writeFileSync(impossible, JSON.stringify({ schema: './impossible.sql', tables: { t: { rows: 10 } } }));
    await sql('CREATE DATABASE hopeful');
    const words = ['dataset', 'load', impossible, '--database', 'hopeful'];
    const { exitCode, stderr } = await command(words, { environment: environment() });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('t_id_check') as unknown]);
    expect(await templates()).toHaveLength(1);
    expect((await sql('SELECT FROM pg_class WHERE oid >= 16384', 'hopeful')).rows).toEqual([]);
  });

  it.skipIf(isAbsent)('is refused beside a standby, unless that is tolerated', async () => {
    await sql('CREATE DATABASE followed');
    await sql(`SELECT pg_create_physical_replication_slot('standby', true)`);
    const refused = await load('followed');
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('standby') as unknown]);
    expect((await sql('SELECT FROM pg_class WHERE oid >= 16384', 'followed')).rows).toEqual([]);
    const tolerated = await load('followed', '--tolerate', 'standby');
    expect([tolerated.exitCode, tolerated.stderr]).toEqual([
      0,
      expect.stringContaining('standby') as unknown,
    ]);
    await sql(`SELECT pg_drop_replication_slot('standby')`);
  });

  it.skipIf(isAbsent)('has a template of its own for each role', async () => {
    await sql(`CREATE ROLE colleague LOGIN CREATEDB PASSWORD 'kindly'`);
    await sql('CREATE DATABASE colleague OWNER colleague');
    const user = { ...connection(), user: 'colleague', password: 'kindly' };
    const words = ['dataset', 'load', dataset, '--database', 'colleague'];
    const { exitCode, stdout, stderr } = await command(words, { environment: environment(user) });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('colleague was made from the template rehearse_');
    expect(await templates()).toHaveLength(2);
    expect((await sql('SELECT count(*) FROM entries', 'colleague')).rows).toEqual([{ count: '1000' }]);
  });

  it.skipIf(isAbsent)('loads directly where the role may not create databases', async () => {
    await sql(`CREATE ROLE plain LOGIN PASSWORD 'plainly'`);
    await sql('CREATE DATABASE plain OWNER plain');
    const user = { ...connection(), user: 'plain', password: 'plainly' };
    const { exitCode, stdout, stderr } = await command(['dataset', 'load', dataset, '--database', 'plain'], {
      environment: environment(user),
    });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(
      'loaded directly into plain, without a template: the role may not create databases',
    );
    expect((await sql('SELECT count(*) FROM entries', 'plain')).rows).toEqual([{ count: '1000' }]);
  });

  it.skipIf(isAbsent)(
    'takes longer than its role lets the sessions of applications idle and work',
    async () => {
      const path = join(files.files, 'large.yaml');
      const content = {
        schema: './ledger.sql',
        tables: { accounts: { rows: 100 }, entries: { rows: 200_000 } },
      };
      writeFileSync(path, JSON.stringify(content));
      await sql("CREATE ROLE hasty LOGIN CREATEDB PASSWORD 'h'");
      const timeouts = `SELECT name FROM pg_settings WHERE name ~ '^(statement|lock|idle.*session|transaction)_timeout$'`;
      for (const { name } of (await sql(timeouts)).rows)
        await sql(`ALTER ROLE hasty SET ${String(name)} = '200ms'`);
      const user = environment({ ...connection(), user: 'hasty', password: 'h' });
      for (const database of ['hasty_first', 'hasty_second']) {
        const words = ['dataset', 'load', path, '--database', database, '--tolerate', 'traffic'];
        const { exitCode, stderr } = await command(words, { environment: user });
        expect(exitCode, stderr).toBe(0);
      }
    },
  );

  it.skipIf(isAbsent)('does not go on with a load that another role has begun', async () => {
    await sql('CREATE DATABASE bait OWNER plain');
    const user = { ...connection(), user: 'plain', password: 'plainly' };
    await sql('CREATE SCHEMA rehearse; CREATE TABLE rehearse.load (id int)', 'bait', user);
    expect(await load('bait')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('found rehearse.load (table) in it') as unknown,
    });
  });

  // The server has no part in it.
  if (kind === 'an installed server') return;

  it('keeps passwords out of messages and of the list of processes', async () => {
    const { host, port, user, password } = connection();
    const url = `postgres://${user}:${password}@${host}:${port}/secret`;
    const running = startCommand(['dataset', 'load', dataset, '--database', url]);
    const seen = new Set<string>();
    const look = setInterval(() => {
      for (const { commandLine } of processesAt('rehearse')) seen.add(commandLine);
    }, 20);
    const { exitCode, stdout, stderr } = await running.ended;
    clearInterval(look);
    expect(exitCode, stderr).toBe(0);
    expect(stdout + stderr).not.toContain(password);
    const shown = [...seen].filter((line) => line.includes('--database'));
    expect(shown.some((line) => line.includes('***@'))).toBe(true);

    const wrong = await command([
      'dataset',
      'load',
      dataset,
      '--database',
      url.replace(password, 'wrongword'),
    ]);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).not.toContain('wrongword');
  });

  it.skipIf(isAbsent)('tells what its schema did to the whole server unseen', async () => {
    const path = join(files.files, 'built.yaml');
    const role = "DO $$ BEGIN EXECUTE 'CREATE RO' || 'LE built'; END $$";
    writeFileSync(join(files.files, 'built.sql'), `CREATE TABLE t (id int PRIMARY KEY); ${role};`);
    writeFileSync(path, JSON.stringify({ schema: './built.sql', tables: { t: { rows: 10 } } }));
    const words = ['dataset', 'load', path, '--database', 'built'];
    const { exitCode, stderr } = await command(words, { environment: environment() });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      'while the load went on, on the whole server, where nobody puts it back: role built was created\n',
    );
    await sql('DROP ROLE built');
  });
});
