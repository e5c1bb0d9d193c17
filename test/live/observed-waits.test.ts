import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseLockLog } from '#rooms/postgres/index.js';
import type { LockWait, ReportFile } from '#rooms/result/index.js';
import { withSession } from '#rooms/target/index.js';

import { WIDE_VALIDITY } from './ledger.js';
import { marked } from './marked.js';
import { newHome, only, rehearse } from './rehearsal.js';
import {
  homeAt,
  OTHER_BIN,
  OTHER_NAME,
  newInstance,
  removeDirectory,
  temporaryDirectory,
  TEST_SETTINGS,
  USUAL_NAME,
} from './server.js';
import type { Instance, Server } from '#rooms/target/index.js';

/* What is reported of lock waits, against what the server itself wrote into its log. */

const SERVERS = [
  { name: USUAL_NAME, bin: undefined },
  { name: `an installed server (${OTHER_NAME})`, bin: OTHER_BIN },
] as const;

/** Of an existing database. */
const NOT_COMPARED =
  'what changes on the whole server is compared but for passwords (pg_authid), configuration (pg_file_settings), which may not be read';
const NO_LOG = expect.stringContaining('the log of a server that is not ours can not be read') as unknown;
const NO_STATS = expect.stringMatching(
  /^of other users' sessions neither waits nor statements are seen: clerk is no member of pg_read_all_stats/,
) as unknown;

/** Milliseconds. */
const HOLDS = [10, 60, 150, 400, 1_000, 2_500];

describe.each(SERVERS)('on $name', ({ name, bin }) => {
  const isThere = bin !== undefined || !name.includes('skipped');
  let directory: string;
  let instance: Instance;
  let server: Server;

  beforeAll(async () => {
    if (!isThere) return;
    directory = temporaryDirectory();
    instance = await newInstance(await homeAt(join(directory, 'home')), bin);
    await instance.initialize();
    server = await instance.start({ ...TEST_SETTINGS, max_connections: '60', log_line_prefix: '%p ' });
    await sql('CREATE DATABASE shop', 'postgres');
    await sql('CREATE TABLE accounts (id int PRIMARY KEY, balance int DEFAULT 0)');
    await sql('INSERT INTO accounts SELECT n FROM generate_series(1, 1000) AS n');
    await sql(
      "CREATE ROLE clerk LOGIN PASSWORD 'c'; GRANT CREATE ON SCHEMA public TO clerk; GRANT ALL ON accounts TO clerk",
    );
    await sql('ALTER TABLE accounts OWNER TO clerk');
    await marked({ ...server.connection, database: 'shop' });
  });

  afterAll(async () => {
    if (!isThere) return;
    await instance.close();
    removeDirectory(directory);
  });

  const sql = (text: string, database = 'shop') =>
    withSession(
      { ...server.connection, database },
      'audit',
      async (session) => (await session.query(text)).rows,
    );

  async function reportOf(migration: object, user?: { name: string; password: string }): Promise<ReportFile> {
    await using home = newHome();
    const path = join(home.files, 'waits.yaml');
    const read = { query: 'SELECT balance FROM accounts WHERE id = :id', params: { id: 'int 1..1000' } };
    const write = {
      query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :id',
      params: { id: 'int 1..2' },
    };
    const content = {
      dataset: 'existing',
      databases: ['shop'],
      traffic: { connections: 8, rate: '150/s', mix: { read: 4, write: 1 }, transactions: { read, write } },
      phases: { warmup: '200ms', baseline: '500ms', migration: { min: '300ms' }, recovery: '300ms' },
      migration,
      validity: WIDE_VALIDITY,
      thresholds: { failed: 'count == 0' },
    };
    writeFileSync(path, JSON.stringify(content));
    const { host, port, user: superuser, password } = server.connection;
    const target = `postgres://${user?.name ?? superuser}@${host}:${port}/shop`;
    const run = await rehearse(home, [path, '--target', target], {
      environment: { PGPASSWORD: user?.password ?? password },
    });
    return only(run).report;
  }

  /** Of the traffic and the migration, as the server logged them since the beginning of the log's text. */
  async function loggedSince(begin: string): Promise<readonly ReturnType<typeof parseLockLog>[]> {
    const all = await instance.logTail(100_000);
    return all
      .slice(begin.length)
      .split('\n')
      .flatMap((line) => parseLockLog(line.replace(/^\d+ LOG: +/, '')) ?? [])
      .filter(({ kind }) => kind === 'acquired');
  }

  it.skipIf(!isThere)('every wait that the server logged is reported, to the microsecond', async () => {
    const begin = await instance.logTail(100_000);
    const steps = HOLDS.map((length) => ({
      sql: `BEGIN; LOCK TABLE accounts; SELECT pg_sleep(${length / 1_000}); COMMIT`,
    }));
    const report = await reportOf(steps);
    const logged = await loggedSince(begin);
    expect(logged.length).toBeGreaterThan(20);
    const timed = report.lockWaits.filter(({ timing }) => timing === 'exact');
    const key = (pid: number, mode: string, ms: number) => `${pid} ${mode} ${ms.toFixed(3)}`;
    expect(timed.map(({ waiter, mode, duration }) => key(waiter.pid, mode, duration)).toSorted()).toEqual(
      logged.map((entry) => key(entry!.pid, entry!.mode, entry!.waited)).toSorted(),
    );
    expect(report.observer).toMatchObject({ deadlockTimeout: 100, missing: [NO_LOG] });
    expect(report.observer!.lockWaits.exact).toBe(timed.length);
    // What the traffic waited for is the migration, whether it was seen or follows from its holds.
    const blamed = timed.filter((wait) => wait.lockType === 'relation' && wait.waiter.kind === 'traffic');
    expect(blamed.length).toBeGreaterThan(0);
    expect(blamed.filter(({ root, step }) => root?.kind !== 'migration' || step === undefined)).toEqual([]);
    holdsAreTrue(report);
  });

  /** As long as it was asked to, and not much longer. */
  function holdsAreTrue({ migration, lockWaits }: ReportFile): void {
    for (const [index, asked] of HOLDS.entries()) {
      const step = migration!.steps[index]!;
      const lock = step.statements[0]!.locks.find(({ mode }) => mode === 'AccessExclusiveLock')!;
      expect(lock.held, step.title).toBeGreaterThanOrEqual(asked);
      expect(lock.held, step.title).toBeLessThan(asked * 1.5 + 500);
      const longest = Math.max(0, ...ofStep(lockWaits, index).map(({ duration }) => duration));
      if (asked >= 150) expect(longest, step.title).toBeGreaterThan(asked * 0.6);
    }
  }

  it.skipIf(!isThere)('a user who may not have them told gets sampled waits, and is told why', async () => {
    const report = await reportOf([{ sql: 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(1); COMMIT' }], {
      name: 'clerk',
      password: 'c',
    });
    expect(report.migration?.outcome).toBe('applied');
    expect(report.warnings).toContainEqual(
      expect.stringContaining('event triggers would act on the commands of everybody'),
    );
    expect(report.lockWaits.length).toBeGreaterThan(0);
    expect(report.lockWaits.every(({ timing }) => timing === 'sampled')).toBe(true);
    expect(report.observer).toMatchObject({
      deadlockTimeout: 1_000,
      missing: [
        expect.stringMatching(
          /^lock waits are sampled, not exact: log_lock_waits is off, and clerk may not set log_lock_waits/,
        ),
        expect.stringMatching(
          /^lock waits shorter than 1 s are not timed: clerk may not set deadlock_timeout/,
        ),
        NO_STATS,
        NO_LOG,
        NOT_COMPARED,
      ],
    });
  });

  it.skipIf(!isThere)('with the right to set them he gets exact ones', async ({ skip }) => {
    const [{ version }] = (await sql("SELECT current_setting('server_version_num')::int AS version")) as [
      { version: number },
    ];
    skip(version < 150_000, 'GRANT SET ON PARAMETER came with PostgreSQL 15');
    await sql('GRANT SET ON PARAMETER log_lock_waits, deadlock_timeout TO clerk');
    const report = await reportOf([{ sql: 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(1); COMMIT' }], {
      name: 'clerk',
      password: 'c',
    });
    expect(report.observer).toMatchObject({
      deadlockTimeout: 100,
      missing: [NO_STATS, NO_LOG, NOT_COMPARED],
    });
    expect(report.lockWaits.some(({ timing }) => timing === 'exact')).toBe(true);
  });
});

const ofStep = (waits: readonly LockWait[], index: number): readonly LockWait[] =>
  waits.filter(({ step, waiter }) => step === index && waiter.kind === 'traffic');
