import { createServer, type AddressInfo } from 'node:net';
import { mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { withSession, type ConnectionSettings } from '#rooms/target/index.js';
import { ledger, READ_ONLY, type LedgerScenario } from './ledger.js';
import { marked } from './marked.js';
import { proxyTo } from './proxy.js';
import { newHome, only, rehearse, startRehearsal, type Rehearsal, type TestHome } from './rehearsal.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';
import { NO_SMALL_DISK, smallDisk } from './small-disk.js';
import type { Instance } from '#rooms/target/index.js';

/* What can go wrong with a server that is not ours, and what it looks like. */

const SETTINGS = { ...TEST_SETTINGS, max_connections: '100', superuser_reserved_connections: '3' };

let directory: string;
let instance: Instance;
let connection: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  instance = await newInstance(await homeAt(directory));
  await instance.initialize();
  ({ connection } = await instance.start(SETTINGS));
  await run('CREATE DATABASE rehearsal');
  await marked({ ...connection, database: 'rehearsal' });
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

const run = async (sql: string) =>
  (await withSession(connection, 'audit', (session) => session.query(sql))).rows;

const at = (port: number, more = ''): string =>
  `postgres://${connection.user}@${connection.host}:${port}/rehearsal${more}`;
const PASSWORD = () => ({ environment: { PGPASSWORD: connection.password } });
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

function scenario({ files }: TestHome, name: string, changes: Partial<LedgerScenario> = {}): string {
  const folder = join(files, name);
  mkdirSync(folder);
  return ledger(folder, {
    migration: { sql: 'SELECT 1' },
    traffic: READ_ONLY,
    ...changes,
    more: { name, ...changes.more },
  });
}

const nothingLeft = async (): Promise<void> => {
  expect(await run("SELECT datname FROM pg_database WHERE datname ~ 'rehearse_(run|kept)|aside'")).toEqual(
    [],
  );
  const sessions =
    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%' AND pid <> pg_backend_pid()";
  await vi.waitUntil(async () => (await run(sessions)).length === 0, { timeout: 20_000, interval: 50 });
};

describe('a server that can not be reached', () => {
  it('is told with the reason: exit code 3', async () => {
    await using home = newHome();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo; // a TCP server
    const path = scenario(home, 'unreachable');
    const faults: readonly (readonly [string, RegExp, string?])[] = [
      [at(connection.port), /password authentication failed/, 'wrong'],
      [at(1), /ECONNREFUSED/],
      ['postgres://me@no-such-host.invalid/rehearsal', /ENOTFOUND|EAI_AGAIN/],
      [at(port, '?connect_timeout=1'), /timeout/],
      [at(connection.port, '?sslmode=require'), /does not support SSL/],
    ];
    const ends = await Promise.all(
      faults.map(([target, , password = connection.password]) =>
        rehearse(home, [path, '--target', target], { environment: { PGPASSWORD: password } }),
      ),
    );
    silent.close();
    for (const [index, ended] of ends.entries()) {
      expect(ended.exitCode, ended.stdout).toBe(3);
      expect(inOneLine(ended.stdout)).toMatch(faults[index]![1]);
      expect(only(ended).report.outcome).toMatchObject({ kind: 'failed', during: 'starting' });
    }
  });

  it('for it has no connection left', async () => {
    await using home = newHome();
    await run("CREATE ROLE narrow LOGIN PASSWORD 'n' CREATEDB CONNECTION LIMIT 1");
    const { host, port } = connection;
    const narrow = { ...connection, user: 'narrow', password: 'n', database: 'postgres' };
    const target = `postgres://narrow@${host}:${port}/rehearsal`;
    await withSession(narrow, 'audit', async () => {
      const ended = await rehearse(home, [scenario(home, 'narrow'), '--target', target], {
        environment: { PGPASSWORD: 'n' },
      });
      expect(ended.exitCode).toBe(3);
      expect(inOneLine(ended.stdout)).toContain('too many connections for role "narrow"');
    });
  });
});

/** Long enough to be in it when something happens. */
const LONG = { baseline: '60s', recovery: '60s' };
const PHASES: readonly (readonly [string, RegExp, Partial<LedgerScenario>])[] = [
  ['baseline', /baseline \d.* completed/, { phases: { baseline: LONG.baseline } }],
  ['migration', /step 1 begins/, { migration: { sql: 'SELECT pg_sleep(60)' } }],
  ['recovery', /recovery \d.* completed/, { phases: { recovery: LONG.recovery } }],
  // The last, for it ends by itself.
  ['seeding', /seeding \d.* rows/, { entries: 3_000_000 }],
];

/** A run for each phase, all of them in it. They are each other's traffic. */
async function everywhere(home: TestHome, port: number): Promise<readonly Rehearsal[]> {
  const runs: Rehearsal[] = [];
  for (const [name, says, changes] of PHASES) {
    const words = [scenario(home, name, changes), '--target', at(port), '--tolerate', 'traffic'];
    const started = startRehearsal(home, words, PASSWORD());
    runs.push(started);
    await started.says(says);
  }
  return runs;
}

describe('a run in each of its phases', () => {
  it.each([
    ['whose connections are reset', /the connection/, 'cut'],
    ['whose server is restarted', /restarted|the connection/, 'restart'],
  ] as const)('%s: exit code 3, a partial report, nothing left', async (_, message, fault) => {
    await using home = newHome();
    await using proxy = await proxyTo(() => connection);
    const runs = await everywhere(home, proxy.port);
    if (fault === 'cut') proxy.cut();
    else {
      await instance.stop();
      ({ connection } = await instance.start(SETTINGS));
    }
    for (const [index, running] of runs.entries()) {
      const ended = await running.reported();
      const [name] = PHASES[index]!;
      expect(`${name} ${ended.exitCode}`, ended.stdout + ended.stderr).toBe(`${name} 3`);
      expect(only(ended).report.outcome).toMatchObject({ kind: 'failed', during: name });
      expect(inOneLine(ended.stdout)).toMatch(message);
    }
    await nothingLeft();
  });
});

describe('a disk', () => {
  it.skipIf(NO_SMALL_DISK !== undefined)(
    `that is too small for the copy: exit code 3, and nothing of it stays${NO_SMALL_DISK ?? ''}`,
    async () => {
      await using disk = smallDisk('260m');
      await using home = newHome();
      const small = await newInstance(await homeAt(disk.path));
      try {
        await small.initialize();
        const own = (await small.start({ ...TEST_SETTINGS, max_wal_size: '32MB' })).connection;
        const there = { ...own, database: 'rehearsal' };
        await withSession(own, 'audit', (session) => session.query('CREATE DATABASE rehearsal'));
        const fill = "CREATE TABLE big AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 60000)";
        await withSession(there, 'audit', (session) => session.query(`${fill}; CHECKPOINT`));
        await marked(there);
        const path = scenario(home, 'full', {
          more: {
            dataset: 'existing',
            traffic: { connections: 1, rate: '10/s', transactions: { read: { query: 'SELECT 1' } } },
          },
        });
        const target = `postgres://${own.user}@${own.host}:${own.port}/rehearsal`;
        const ended = await rehearse(home, [path, '--target', target], {
          environment: { PGPASSWORD: own.password },
        });
        expect(ended.exitCode, ended.stdout).toBe(3);
        expect(inOneLine(ended.stdout)).toMatch(
          /rehearsal \(\d+ MB\) can not be copied: .*No space left on device/,
        );
        const left = "SELECT FROM pg_database WHERE datname LIKE 'rehearse%'";
        expect((await withSession(own, 'audit', (session) => session.query(left))).rows).toEqual([]);
      } finally {
        await small.close();
      }
    },
  );
});
