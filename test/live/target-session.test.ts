import { execFileSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  cancelBackend,
  connect,
  environmentOf,
  PURPOSES,
  sqlStateOf,
  withSession,
  type ConnectionSettings,
  type Home,
  type Instance,
} from '#rooms/target/index.js';
import { homeAt, processesAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

let directory: string;
let home: Home;
let instance: Instance;
let settings: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  instance = started.instance;
  settings = started.server.connection;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

/** Of those that end a statement, a transaction or a session: the server knows more of them from 17 on. */
const IS_TIMEOUT = "context = 'user' AND name ~ '^(statement|lock|idle.*session|transaction)_timeout$'";

describe('a session', () => {
  it.each(PURPOSES)('shows its purpose to the server: %s', async (purpose) => {
    await using session = await connect(settings, purpose);
    const { rows } = await session.query(
      'SELECT application_name FROM pg_stat_activity WHERE pid = $1 AND pid = pg_backend_pid()',
      [session.pid],
    );
    expect(rows).toEqual([{ application_name: `rehearse/${purpose}` }]);
  });

  it('ignores the client settings of its environment', async () => {
    process.env['PGOPTIONS'] = '-c work_mem=123kB';
    process.env['PGAPPNAME'] = 'somebody';
    try {
      const { rows } = await withSession(settings, 'audit', (session) =>
        session.query(
          "SELECT current_setting('work_mem') AS work_mem, current_setting('application_name') AS name",
        ),
      );
      expect(rows).toEqual([{ work_mem: '4MB', name: 'rehearse/audit' }]);
    } finally {
      delete process.env['PGOPTIONS'];
      delete process.env['PGAPPNAME'];
    }
  });

  it('has the time-outs of its role where it goes as the application goes, and none where it works for the harness', async () => {
    await withSession(settings, 'audit', async (session) => {
      await session.query("CREATE ROLE hasty LOGIN PASSWORD 'h'");
      const { rows } = await session.query(`SELECT name FROM pg_settings WHERE ${IS_TIMEOUT}`);
      expect(rows.length).toBeGreaterThan(3);
      for (const { name } of rows) await session.query(`ALTER ROLE hasty SET ${String(name)} = '7s'`);
    });
    const hasty = { ...settings, user: 'hasty', password: 'h' };
    const seen = await Promise.all(
      PURPOSES.map(async (purpose) => {
        await using session = await connect(hasty, purpose);
        const { rows } = await session.query(`SELECT DISTINCT setting FROM pg_settings WHERE ${IS_TIMEOUT}`);
        return [purpose, rows.map(({ setting }) => setting)];
      }),
    );
    const none = ['0'];
    const its = ['7000'];
    expect(Object.fromEntries(seen)).toEqual({
      ...{ seed: none, observer: none, audit: none },
      ...{ traffic: its, migration: its, actor: its },
    });
  });

  it('starts with the settings that it was given, blanks and all', async () => {
    await using session = await connect(settings, 'migration', {
      settings: { lock_timeout: '1500ms', search_path: '"$user", public\\x' },
    });
    const { rows } = await session.query(
      "SELECT current_setting('lock_timeout') AS lock_timeout, current_setting('search_path') AS path",
    );
    expect(rows).toEqual([{ lock_timeout: '1500ms', path: '"$user", public\\x' }]);
  });

  it('prepares a named statement once and executes it with values', async () => {
    await using session = await connect(settings, 'traffic');
    for (const value of [1, 2, 3]) {
      expect((await session.execute('twice', 'SELECT $1::int * 2 AS twice', [value])).rows).toEqual([
        { twice: value * 2 },
      ]);
    }
    expect((await session.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([
      { name: 'twice' },
    ]);
  });

  it('keeps int8 exact, counts changed rows, and gives the last result of several statements', async () => {
    await using session = await connect(settings, 'seed');
    expect((await session.query('SELECT 9007199254740993::int8 AS big')).rows).toEqual([
      { big: '9007199254740993' },
    ]);
    const result = await session.query(
      'CREATE TEMP TABLE several (id int); INSERT INTO several VALUES (1), (2)',
    );
    expect(result).toMatchObject({ rowCount: 2, command: 'INSERT' });
    expect((await session.query('')).rowCount).toBe(0);
  });

  it('passes notices on with their SQLSTATE', async () => {
    await using session = await connect(settings, 'migration');
    const notices: unknown[] = [];
    session.onNotice((notice) => notices.push(notice));
    await session.query('DROP TABLE IF EXISTS never_there');
    expect(notices).toEqual([
      { severity: 'NOTICE', sqlState: '00000', message: 'table "never_there" does not exist, skipping' },
    ]);
  });

  it('gives the errors of the server as they are and stays usable', async () => {
    await using session = await connect(settings, 'traffic');
    const error: unknown = await session.query('SELECT nothing_here').catch((thrown: unknown) => thrown);
    expect(sqlStateOf(error)).toBe('42703');
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is cancelled from elsewhere', async () => {
    await using session = await connect(settings, 'migration');
    const outcome = session.query('SELECT pg_sleep(600)').catch((thrown: unknown) => thrown);
    await withSession(settings, 'audit', async (audit) => {
      const SLEEPING = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
      while ((await audit.query(SLEEPING, [session.pid])).rowCount === 0);
    });
    expect(await cancelBackend(settings, session.pid)).toBe(true);
    expect(sqlStateOf(await outcome)).toBe('57014');
  });

  it('that runs a statement closes at once', async () => {
    const session = await connect(settings, 'actor');
    const outcome = session.query('SELECT pg_sleep(600)').catch((thrown: unknown) => thrown);
    await session.close();
    expect(sqlStateOf(await outcome)).toBeUndefined();
    expect(await outcome).toBeInstanceOf(Error);
    await cancelBackend(settings, session.pid);
  });

  it('whose server does not answer is cut after a grace', async () => {
    const session = await connect(settings, 'actor');
    const losses: Error[] = [];
    session.onLost((reason) => losses.push(reason));
    process.kill(session.pid, 'SIGSTOP');
    try {
      await session.close();
      await expect(session.query('SELECT 1')).rejects.toThrow();
    } finally {
      process.kill(session.pid, 'SIGCONT');
    }
    expect(losses).toEqual([]);
  });

  it('cannot be opened where nobody listens: the failure names the address, not the password', async () => {
    const error: unknown = await connect({ ...settings, port: 1 }, 'audit').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'target.unavailable', where: '127.0.0.1:1/postgres' });
    expect(JSON.stringify(error) + String(error)).not.toContain(settings.password);
  });
});

describe('a session that is lost', () => {
  it('while idle tells its listeners, refuses further work and closes quietly', async () => {
    const session = await connect(settings, 'observer');
    const lost = new Promise<Error>((resolve) => session.onLost(resolve));
    await withSession(settings, 'audit', (audit) =>
      audit.query('SELECT pg_terminate_backend($1)', [session.pid]),
    );
    expect((await lost).message).toContain('terminating connection');
    await expect.poll(() => session.isLost).toBe(true);
    await expect(session.query('SELECT 1')).rejects.toThrow(
      'terminating connection due to administrator command (SQLSTATE 57P01)',
    );
    const late: Error[] = [];
    session.onLost((reason) => late.push(reason));
    expect(late).toEqual([await lost]);
    await session.close();
  });

  it('without listeners does not end the process', async () => {
    const session = await connect(settings, 'observer');
    await withSession(settings, 'audit', (audit) =>
      audit.query('SELECT pg_terminate_backend($1)', [session.pid]),
    );
    await expect(session.query('SELECT pg_sleep(600)')).rejects.toThrow();
    await expect.poll(() => session.isLost).toBe(true);
    await session.close();
  });

  it('by its own destroy is no loss to report', async () => {
    const session = await connect(settings, 'traffic');
    const reasons: Error[] = [];
    session.onLost((reason) => reasons.push(reason));
    const outcome = session.query('SELECT 1 FROM pg_sleep(600)').catch((thrown: unknown) => thrown);
    session.destroy();
    expect(await outcome).toBeInstanceOf(Error);
    await session.close();
    expect(reasons).toEqual([]);
    await cancelBackend(settings, session.pid);
  });
});

describe('a server', () => {
  it('that dies is noticed by its sessions and by the instance', async () => {
    await using other = await startedInstance(home);
    const session = await connect(other.server.connection, 'traffic');
    const lost = new Promise<Error>((resolve) => session.onLost(resolve));
    const [postmaster] = processesAt(other.instance.dataDirectory).filter(({ commandLine }) =>
      commandLine.includes(' -D '),
    );
    process.kill(postmaster!.pid, 'SIGKILL');
    expect(await other.server.exited).toEqual({ kind: 'died', how: 'signal SIGKILL' });
    expect(await lost).toBeInstanceOf(Error);
    await session.close();
    await other.instance.close();
    expect(processesAt(other.instance.directory)).toEqual([]);
  });
});

describe('the environment of a command step', () => {
  it('leads a program to the database, by variables and by URL', () => {
    const environment = environmentOf(settings);
    const program = `
      const pg = (await import('pg')).default;
      for (const config of [{}, { connectionString: process.env.DATABASE_URL }]) {
        const client = new pg.Client(config);
        await client.connect();
        const { rows } = await client.query("SELECT current_database() || ' ' || current_setting('application_name') AS seen");
        console.log(rows[0].seen);
        await client.end();
      }`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: new URL('../..', import.meta.url),
      env: { PATH: process.env['PATH'], ...environment },
      encoding: 'utf8',
    });
    expect(output).toBe('postgres rehearse/migration\npostgres rehearse/migration\n');
  });
});
