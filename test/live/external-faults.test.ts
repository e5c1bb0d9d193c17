import { createServer, type AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { withSession, type ConnectionSettings, type Instance, type Row } from '#rooms/target/index.js';
import { ledger, READ_ONLY, type LedgerScenario } from './ledger.js';
import { marked } from './marked.js';
import { MOMENTS } from './moments.js';
import { proxyTo } from './proxy.js';
import {
  command,
  newHome,
  only,
  rehearse,
  startRehearsal,
  type Rehearsal,
  type Rehearsed,
  type TestHome,
} from './rehearsal.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';
import { NO_SMALL_DISK, smallDisk } from './small-disk.js';

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

const OURS = "SELECT datname FROM pg_database WHERE datname ~ 'rehearse_(run|kept)|aside'";
const SESSIONS =
  "SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%' AND pid <> pg_backend_pid()";

const nothingLeft = async (): Promise<void> => {
  expect(await run(OURS)).toEqual([]);
  await vi.waitUntil(async () => (await run(SESSIONS)).length === 0, { timeout: 20_000, interval: 50 });
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

  it('for there is no password, or a file that others may read', async () => {
    await using home = newHome();
    const file = join(home.files, 'passwords');
    writeFileSync(file, `*:*:*:*:${connection.password}\n`, { mode: 0o644 });
    chmodSync(file, 0o644);
    const marking = (path: string) =>
      command(['mark', at(connection.port), '--confirm', 'no'], { environment: { PGPASSFILE: path } });
    const without = await marking(join(home.files, 'none'));
    expect([without.exitCode, without.stderr]).toEqual([
      3,
      expect.stringMatching(/asks for a password, and there is none.*\n {2}hint: PGPASSWORD gives it.*none/),
    ]);
    const open = await marking(file);
    expect([open.exitCode, open.stderr]).toEqual([3, expect.stringContaining('its mode is 0644')]);
    chmodSync(file, 0o600);
    expect((await marking(file)).stderr).toContain('nothing was marked');
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

  it('for its role may have too few: exit code 2 with the arithmetic', async () => {
    await using home = newHome();
    await run("CREATE ROLE limited LOGIN PASSWORD 'l' CREATEDB CONNECTION LIMIT 8");
    const target = `postgres://limited@${connection.host}:${connection.port}/rehearsal`;
    const path = scenario(home, 'limited', { traffic: { ...READ_ONLY, connections: 10 } });
    const ended = await rehearse(home, [path, '--target', target], { environment: { PGPASSWORD: 'l' } });
    expect(ended.exitCode, ended.stdout).toBe(2);
    expect(inOneLine(ended.stdout)).toMatch(
      /10 of the traffic \+ 6 of the harness = 16 connections, but the role "limited" has [67] \(CONNECTION LIMIT 8, less [12] in use\)/,
    );
    await nothingLeft();
  });
});

/** Long enough to be in it when something happens. */
const LONG = { warmup: '60s', baseline: '60s', recovery: '60s' };

interface Phase {
  readonly changes: Partial<LedgerScenario>;
  readonly begun: (started: Rehearsal) => Promise<unknown>;
}

const LOADING =
  "SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%' AND state = 'active' AND query LIKE 'COPY %'";

const PHASES: Readonly<Record<string, Phase>> = {
  warmup: {
    changes: { phases: { warmup: LONG.warmup } },
    begun: (started) => started.says(/warmup \d.* completed/),
  },
  baseline: {
    changes: { phases: { baseline: LONG.baseline } },
    begun: (started) => started.says(/baseline \d.* completed/),
  },
  migration: {
    changes: { migration: { sql: 'SELECT pg_sleep(60)' } },
    begun: (started) => started.says(/step 1 begins/),
  },
  recovery: {
    changes: { phases: { recovery: LONG.recovery } },
    begun: (started) => started.says(/recovery \d.* completed/),
  },
  audit: {
    changes: { migration: MOMENTS.audit.scenario.migration, more: { rerun: true } },
    begun: (started) => started.says(/a second time/),
  },
  // The last, for it ends by itself.
  seeding: {
    changes: { entries: 20_000_000 },
    begun: () => vi.waitUntil(async () => (await run(LOADING)).length > 0, { timeout: 30_000, interval: 50 }),
  },
};

/** A run for each phase, all of them in it. They are each other's traffic. */
async function everywhere(home: TestHome, port: number, seed: number) {
  const runs: { readonly phase: string; readonly running: Rehearsal }[] = [];
  for (const [phase, { changes, begun }] of Object.entries(PHASES)) {
    // Nobody shall go on with what another has loaded.
    const more = ['--seed', String(seed), '--tolerate', 'traffic'];
    const words = [scenario(home, phase, changes), '--target', at(port), ...more];
    const running = startRehearsal(home, words, PASSWORD());
    runs.push({ phase, running });
    await begun(running);
  }
  return runs;
}

describe('a run in each of its phases', () => {
  it.each([
    ['whose connections are reset', /the connection/, 'cut', 1],
    ['whose server is restarted', /restarted|the connection/, 'restart', 2],
  ] as const)('%s: exit code 3, a partial report, nothing left', async (_, message, fault, seed) => {
    await using home = newHome();
    await using proxy = await proxyTo(() => connection);
    const runs = await everywhere(home, proxy.port, seed);
    if (fault === 'cut') proxy.cut();
    else {
      await instance.stop();
      ({ connection } = await instance.start(SETTINGS));
    }
    for (const { phase, running } of runs) {
      const ended = await running.reported();
      expect(`${phase} ${ended.exitCode}`, ended.stdout + ended.stderr).toBe(`${phase} 3`);
      expect(only(ended).report.outcome).toMatchObject({ kind: 'failed', during: phase });
      expect(inOneLine(ended.stdout)).toMatch(message);
    }
    await nothingLeft();
  });

  it('whose harness is killed: the next one removes what all of them left', async () => {
    await using home = newHome();
    const runs = await everywhere(home, connection.port, 3);
    for (const { running } of runs) running.child.kill('SIGKILL');
    await Promise.all(runs.map(({ running }) => running.ended));
    // Of the one that was loading there is the dataset only.
    expect(await run(OURS)).toHaveLength(Object.keys(PHASES).length - 1);
    await vi.waitUntil(async () => (await run(SESSIONS)).length === 0, { timeout: 20_000, interval: 50 });
    const next = await rehearse(home, [scenario(home, 'next'), '--target', at(connection.port)], PASSWORD());
    expect(next.exitCode, next.stdout + next.stderr).toBe(0);
    await nothingLeft();
  });

  it('cleanup drops loads that were interrupted, and whole datasets where that is asked for', async () => {
    await using home = newHome();
    const kindsOf = async (...words: readonly string[]) => {
      const all = ['cleanup', '--json', '--target', at(connection.port), ...words];
      const { exitCode, stdout, stderr } = await command(all, { home, ...PASSWORD() });
      expect([exitCode, stderr]).toEqual([0, '']);
      const found = JSON.parse(stdout) as readonly { readonly kind: string; readonly name: string }[];
      return found.filter(({ name }) => name.startsWith('rehearse_')).map(({ kind }) => kind);
    };
    // Of the tests before: one was cut off and one killed while it loaded, several datasets are whole.
    expect(new Set(await kindsOf('--dry-run'))).toEqual(new Set(['interrupted load']));
    expect(new Set(await kindsOf())).toEqual(new Set(['interrupted load']));
    expect(await kindsOf()).toEqual([]);
    expect(new Set(await kindsOf('--datasets', '--dry-run'))).toEqual(new Set(['dataset']));
    await kindsOf('--datasets');
    expect(await run("SELECT datname FROM pg_database WHERE datname ~ '^rehearse_'")).toEqual([]);
  });
});

/** Tables come without a log of their changes, which would need the room as well, and end the server where it finds none. */
const SMALL = { ...TEST_SETTINGS, max_wal_size: '32MB', wal_level: 'minimal', max_wal_senders: '0' };

interface SmallServer {
  readonly sql: (text: string, database?: string) => Promise<readonly Row[]>;
  readonly rehearsed: (path: string) => Promise<Rehearsed>;
}

/** A server that is not ours, on 300 MB. */
async function onSmallDisk(home: TestHome, work: (server: SmallServer) => Promise<void>): Promise<void> {
  await using disk = smallDisk('300m');
  const small = await newInstance(await homeAt(disk.path));
  try {
    await small.initialize();
    const own = (await small.start(SMALL)).connection;
    const sql = async (text: string, database = 'postgres') =>
      (await withSession({ ...own, database }, 'audit', (session) => session.query(text))).rows;
    await sql('CREATE DATABASE rehearsal');
    await marked({ ...own, database: 'rehearsal' });
    const target = `postgres://${own.user}@${own.host}:${own.port}/rehearsal`;
    const environment = { PGPASSWORD: own.password };
    await work({
      sql,
      rehearsed: (path) => rehearse(home, [path, '--target', target], { environment }),
    });
  } finally {
    await small.close();
  }
}

const LEFT = "SELECT datname FROM pg_database WHERE datname LIKE 'rehearse\\_%'";
/** The server tells of the second where a page got only half of its room; which one it is, is chance. */
const NO_ROOM = /No space left on device|could not extend file .*: wrote only \d+ of \d+ bytes/;

describe.skipIf(NO_SMALL_DISK !== undefined)(`a disk${NO_SMALL_DISK ?? ''}`, () => {
  it('that is too small for the dataset: exit code 3, and nothing of it stays', async () => {
    await using home = newHome();
    await onSmallDisk(home, async ({ sql, rehearsed }) => {
      const ended = await rehearsed(scenario(home, 'big', { entries: 150_000, noteWidth: 3_000 }));
      expect(ended.exitCode, ended.stdout + ended.stderr).toBe(3);
      expect(only(ended).report.outcome).toMatchObject({ kind: 'failed', during: 'seeding' });
      expect(inOneLine(ended.stdout)).toMatch(NO_ROOM);
      expect(await sql(LEFT)).toEqual([]);
    });
  });

  it('that fills up while the migration writes a table: exit code 4, and the message says so', async () => {
    await using home = newHome();
    await onSmallDisk(home, async ({ sql, rehearsed }) => {
      const fill =
        'CREATE TABLE history AS SELECT n AS id, gen_random_uuid() AS token FROM generate_series(1, 8000000) n';
      const path = scenario(home, 'filled', { migration: { sql: fill } });
      const ended = await rehearsed(path);
      expect(ended.exitCode, ended.stdout + ended.stderr).toBe(4);
      const steps = only(ended).report.migration?.steps;
      expect(steps?.[0]).toMatchObject({ outcome: 'failed', error: { sqlState: '53100' } });
      expect(inOneLine(ended.stdout)).toMatch(NO_ROOM);
      expect(await sql("SELECT FROM pg_database WHERE datname LIKE 'rehearse\\_run%'")).toEqual([]);
    });
  });

  it('that is too small for the copy: exit code 3, and nothing of it stays', async () => {
    await using home = newHome();
    await onSmallDisk(home, async ({ sql, rehearsed }) => {
      const fill = "CREATE TABLE big AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 110000)";
      await sql(`${fill}; CHECKPOINT`, 'rehearsal');
      const ended = await rehearsed(
        scenario(home, 'full', {
          more: {
            dataset: 'existing',
            traffic: { connections: 1, rate: '10/s', transactions: { read: { query: 'SELECT 1' } } },
          },
        }),
      );
      expect(ended.exitCode, ended.stdout).toBe(3);
      expect(inOneLine(ended.stdout)).toMatch(
        /rehearsal \(\d+ MB\) can not be copied: .*No space left on device/,
      );
      expect(await sql(LEFT)).toEqual([]);
    });
  });
});
