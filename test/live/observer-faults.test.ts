import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connect, withSession, type Session } from '#rooms/target/index.js';
import { WIDE_VALIDITY } from './ledger.js';
import { marked } from './marked.js';
import { newHome, only, rehearse } from './rehearsal.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';
import type { Instance, Server } from '#rooms/target/index.js';

/* A server that shows the observer less than it wants to see, or cuts it off. */

const CROWD = 1_000;

let directory: string;
let instance: Instance;
let server: Server;

beforeAll(async () => {
  directory = temporaryDirectory();
  instance = await newInstance(await homeAt(directory));
  await instance.initialize();
  server = await instance.start({ ...TEST_SETTINGS, max_connections: String(CROWD + 60) });
  await sql('CREATE DATABASE shop', 'postgres');
  await marked({ ...server.connection, database: 'shop' });
  await sql('CREATE TABLE accounts AS SELECT id, 0 AS balance FROM generate_series(1, 100) AS id');
  await sql("CREATE ROLE clerk LOGIN PASSWORD 'c'; ALTER TABLE accounts OWNER TO clerk");
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

const sql = (text: string, database = 'shop') =>
  withSession(
    { ...server.connection, database },
    'audit',
    async (session) => (await session.query(text)).rows,
  );

interface Where {
  readonly user?: string;
  readonly of?: Server;
  readonly options?: readonly string[];
}

async function run(migration: unknown, { user, of = server, options = [] }: Where = {}) {
  await using home = newHome();
  const path = join(home.files, 'faults.yaml');
  const read = { query: 'SELECT balance FROM accounts WHERE id = :id', params: { id: 'int 1..100' } };
  const content = {
    dataset: 'existing',
    databases: ['shop'],
    traffic: { connections: 4, rate: '50/s', transactions: { read } },
    phases: { warmup: '200ms', baseline: '500ms', migration: { min: '300ms' }, recovery: '300ms' },
    migration,
    validity: WIDE_VALIDITY,
    thresholds: { failed: 'count == 0' },
  };
  writeFileSync(path, JSON.stringify(content));
  const { host, port, user: superuser, password } = of.connection;
  const target = `postgres://${user ?? superuser}@${host}:${port}/shop`;
  const environment = { PGPASSWORD: user === undefined ? password : 'c' };
  const ran = await rehearse(home, [path, '--target', target, ...options], { environment });
  return { ...ran, ...only(ran) };
}

const HOLD = 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(1); COMMIT';
/** ALTER DATABASE does not shut the door of the room that it stands in. */
const letIn = (isOpen: boolean): string =>
  `UPDATE pg_database SET datallowconn = ${isOpen} WHERE datname = current_database()`;
const KILL =
  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rehearse/observer'";

describe('an observer that is cut off', () => {
  it('twice, and then not let in for a while, comes back each time: the gaps are told, blame goes on', async () => {
    const { report, stdout, summary } = await run([
      { sql: KILL },
      { sql: HOLD },
      {
        transaction: false,
        sql: `${letIn(false)}; ${KILL}; SELECT pg_sleep(1); ${letIn(true)}`,
      },
      { sql: HOLD },
    ]);
    expect(report.migration?.outcome, stdout).toBe('applied');
    const gaps = report.observer!.gaps.toSorted((one, other) => one.duration - other.duration);
    expect(gaps).toHaveLength(2);
    expect(gaps[1]!.duration).toBeGreaterThanOrEqual(900);
    for (const step of [1, 3])
      expect(
        report.lockWaits.some((wait) => wait.root?.kind === 'migration' && wait.step === step),
        `step ${step + 1}`,
      ).toBe(true);
    for (const text of [stdout, summary])
      expect(text.replace(/\s+/g, ' ')).toMatch(
        /the observer lost its connection: locks were not watched for .* on, for .* on/,
      );
  });
});

describe('a user who may not see everything', () => {
  it('is told that the sessions of others are hidden, and by which right they would not be', async () => {
    await using stranger = await connect({ ...server.connection, database: 'shop' }, 'audit');
    await stranger.query('BEGIN; SELECT count(*) FROM accounts');
    const migration = [{ sql: HOLD, lock_timeout: '300ms' }];
    expect((await run(migration, { user: 'clerk' })).exitCode).toBe(4);
    await stranger.query('COMMIT');
    const { report, stdout } = await run([{ sql: HOLD }], { user: 'clerk' });
    expect(report.observer?.samples).toBeGreaterThan(0);
    expect(report.observer?.missing).toContainEqual(
      expect.stringMatching(
        /^of other users' sessions neither waits nor statements are seen: clerk is no member/,
      ),
    );
    expect(report.observer!.lockWaits.attributed).toBeGreaterThan(0);
    for (const missing of report.observer!.missing)
      expect(stdout.replace(/\s+/g, ' ')).toContain(missing.slice(0, 60));
  });

  it('without pg_locks still gets a report, which says what it lacks', async () => {
    await sql('REVOKE SELECT ON pg_catalog.pg_locks FROM PUBLIC');
    const { exitCode, report, stdout } = await run(
      [{ sql: HOLD }, { command: `node -e "process.exit(0)"`, connects: false }],
      { user: 'clerk' },
    );
    expect(exitCode, stdout).not.toBe(1);
    expect(report.outcome).toEqual({ kind: 'completed' });
    expect(report.migration?.outcome).toBe('applied');
    expect(report.observer?.samples).toBeGreaterThan(0);
    expect(report.observer?.missing).toContainEqual(expect.stringContaining('clerk may not read pg_locks'));
  });

  it('without pg_stat_activity either: the run is not believed, for nobody watched', async () => {
    await sql('REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC');
    const { exitCode, report, stdout } = await run([{ sql: HOLD }], { user: 'clerk' });
    expect(exitCode, stdout).toBe(96);
    expect(report.outcome).toEqual({ kind: 'completed' });
    expect(report.migration?.outcome).toBe('applied');
    expect(report.observer).toMatchObject({ samples: 0 });
    expect(report.observer?.missing).toContainEqual(
      expect.stringContaining('clerk may not read pg_stat_activity'),
    );
    await sql('GRANT SELECT ON pg_catalog.pg_stat_activity, pg_catalog.pg_locks TO PUBLIC');
  });
});

describe('a crowd', () => {
  it('of a thousand waiting sessions slows the observer down, and the report says so', async () => {
    const sessions: Session[] = [];
    try {
      const settings = { deadlock_timeout: '1h' };
      const connection = { ...server.connection, database: 'shop' };
      // A server forks one after the other.
      while (sessions.length < CROWD) {
        const batch = Array.from({ length: 20 }, () => connect(connection, 'audit', { settings }));
        sessions.push(...(await Promise.all(batch)));
      }
      await sessions[0]!.query('SELECT pg_advisory_lock(1)');
      for (const session of sessions.slice(1))
        session.query('SELECT pg_advisory_lock(1)').catch(() => undefined);
      while (
        (await sql(`SELECT count(*) >= ${CROWD - 1} AS all_wait FROM pg_locks WHERE NOT granted`))[0]?.[
          'all_wait'
        ] !== true
      );
      const { report } = await run([{ sql: 'SELECT pg_sleep(3)' }], { options: ['--in-place'] });
      const { slowedTo, interval, samples, longestGap, lockWaits } = report.observer!;
      expect(slowedTo).toBeGreaterThan(interval);
      expect(samples).toBeGreaterThan(3);
      // Each look ended before the next was due, whatever else the machine did.
      expect(longestGap).toBeLessThan(slowedTo! * 10);
      expect(lockWaits).toMatchObject({ seen: CROWD - 1, attributed: CROWD - 1 });
      expect(new Set(report.lockWaits.map(({ root }) => root?.pid))).toEqual(new Set([sessions[0]!.pid]));
    } finally {
      for (const session of sessions) session.destroy();
    }
  });
});

describe('a standby', () => {
  it('is refused before anything happens, with what to name instead: exit code 2', async () => {
    const standby = await newInstance(await homeAt(directory));
    try {
      await standby.initialize();
      const primary = await standby.start(TEST_SETTINGS);
      await withSession(primary.connection, 'audit', (session) => session.query('CREATE DATABASE shop'));
      await standby.stop();
      const signal = join(standby.dataDirectory, 'standby.signal');
      writeFileSync(signal, '');
      const { uid, gid } = statSync(standby.dataDirectory);
      chownSync(signal, uid, gid);
      const of = await standby.start(TEST_SETTINGS);
      const { exitCode, stdout } = await run([{ sql: 'SELECT 1' }], { of });
      expect(exitCode, stdout).toBe(2);
      expect(stdout).toContain('found a standby (pg_is_in_recovery)');
      expect(stdout).toContain('primary');
    } finally {
      await standby.close();
    }
  });
});
