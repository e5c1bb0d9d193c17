import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ConnectionSettings } from '#rooms/target/index.js';
import { WIDE_VALIDITY } from './ledger.js';
import { marked } from './marked.js';
import { PGBOUNCER, startPgBouncer, type PoolerOptions, type RunningPooler } from './pgbouncer.js';
import { command, newHome, only, startRehearsal, type Rehearsal, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* Traffic through a real PgBouncer. */

if (PGBOUNCER === undefined)
  process.stdout.write('skipped: there is no pgbouncer on this machine (Debian: apt install pgbouncer)\n');

const READ = { query: 'SELECT balance FROM accounts WHERE id = :id', params: { id: 'int 1..1000' } };
const BOOK = {
  steps: ['begin', { query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :id' }, 'commit'],
  params: { id: 'int 1..1000' },
};
const CLIENTS = 12;
const BACKENDS = 3;
const TRANSACTION: PoolerOptions = { mode: 'transaction', size: BACKENDS };
const LOCKED = { sql: 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(0.8); COMMIT' };

describe.skipIf(PGBOUNCER === undefined)('traffic through PgBouncer', () => {
  const { connection, run } = sharedServer(
    `CREATE TABLE accounts (id int PRIMARY KEY, balance int DEFAULT 0);
     INSERT INTO accounts SELECT n FROM generate_series(1, 1000) AS n;`,
    { max_connections: '60' },
  );
  let pooler: RunningPooler;

  beforeAll(async () => {
    await marked(connection());
    pooler = await startPgBouncer(connection(), TRANSACTION);
  });

  afterAll(() => pooler[Symbol.asyncDispose]());

  interface Asked {
    readonly traffic?: object;
    readonly migration?: object;
    readonly through?: string;
    readonly as?: ConnectionSettings;
    readonly options?: readonly string[];
  }

  const rehearsed = (home: TestHome, asked: Asked) => started(home, asked).reported();

  function started(home: TestHome, asked: Asked): Rehearsal {
    const { through, options = [] } = asked;
    const path = join(home.files, 'pooled.yaml');
    writeFileSync(path, JSON.stringify(scenarioOf(asked)));
    const { host, port, database, user, password } = asked.as ?? connection();
    const target = `postgres://${user}@${host}:${port}/${database}`;
    const words = [path, '--pooler', through ?? pooler.address, ...options];
    return startRehearsal(home, [...words, '--target', target], {
      environment: { PGPASSWORD: password },
    });
  }

  function scenarioOf({ traffic, migration }: Asked): object {
    return {
      dataset: 'existing',
      databases: ['*'],
      traffic: {
        connections: CLIENTS,
        rate: '150/s',
        mix: { read: 3, book: 1 },
        transactions: { read: READ, book: BOOK },
        ...traffic,
      },
      phases: { warmup: '200ms', baseline: '700ms', migration: { min: '300ms' }, recovery: '300ms' },
      migration: migration ?? LOCKED,
      validity: WIDE_VALIDITY,
      thresholds: { failed: 'count == 0' },
      statement_benchmark: false,
    };
  }

  it('in transactions, without names: works, and says what can not be known', async () => {
    await using home = newHome();
    const told = await rehearsed(home, { traffic: { prepare: 'unnamed' } });
    const { report, summary } = only(told);
    expect(told.exitCode, told.stdout).toBe(0);
    expect(report.server?.target).toBe('external, traffic through a pooler');
    expect(report.generator?.connections).toBe(CLIENTS);
    // Its backends are known by their application, and blamed on the migration as others are.
    const waits = report.lockWaits.filter(({ waiter }) => waiter.kind === 'traffic');
    expect(waits.length).toBeGreaterThan(0);
    expect(new Set(waits.map(({ waiter }) => waiter.pid)).size).toBeLessThanOrEqual(BACKENDS);
    expect(waits.every(({ timing, root }) => timing === 'sampled' && root?.kind === 'migration')).toBe(true);
    // Three backends wait, and everybody else for them.
    const [step] = report.migration!.steps;
    expect(step!.impact.waited).toBeGreaterThan(BACKENDS);
    expect(report.observer!.deadlockTimeout).toBe(1_000);
    const missing = report.observer!.missing.join('\n');
    expect(missing).toContain('lock waits of the traffic are sampled, not exact: the traffic goes through');
    expect(missing).toContain('which arrival waited for a lock is told by its time');
    expect(missing).not.toContain('application_name');
    expect(summary).toContain('goes through the pooler at 127.0.0.1:');
    // Although the pooler's sessions were still in it.
    expect(await run("SELECT datname FROM pg_database WHERE datname LIKE 'rehearse%'")).toEqual([]);
  });

  it('that wants TLS of its clients, whose certificate is checked', async () => {
    await using home = newHome();
    await using own = await startPgBouncer(connection(), { ...TRANSACTION, encrypted: true });
    const traffic = { prepare: 'unnamed' };
    const by = (query: string): string => `postgres://${own.address}?${query}`;
    const checked = `sslmode=verify-full&sslrootcert=${own.authority}`;
    const ended = await rehearsed(home, { traffic, through: by(checked) });
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
    expect(only(ended).report.generator).toMatchObject({ connections: CLIENTS });
    const plain = await rehearsed(home, { traffic, through: by('sslmode=disable') });
    expect(plain.exitCode).toBe(3);
    expect(plain.stdout.replace(/\s+/g, ' ')).toMatch(/SSL required/);
  });

  it('simple queries work as well', async () => {
    await using home = newHome();
    const told = await rehearsed(home, { traffic: { prepare: 'simple' } });
    expect(told.exitCode, told.stdout).toBe(0);
    expect(only(told).report.migration?.outcome).toBe('applied');
  });

  it('in transactions, with names: refused before anything starts, with the reason', async () => {
    await using home = newHome();
    const told = await rehearsed(home, { migration: { sql: 'DROP TABLE accounts' } });
    expect(told.exitCode).toBe(2);
    const { report } = only(told);
    expect(report.transactions).toEqual([]);
    const said = told.stdout.replace(/\s+/g, ' ');
    expect(said).toMatch(
      /pooled\.yaml:\d+: .*the workload main prepares its statements by name .* do not last .*rehearse_probe.* \((?:26000|42P05)\)/,
    );
    expect(said).toContain('prepare: unnamed');
    expect(report.migration).toBeUndefined();
  });

  it('in sessions, with names: works', async () => {
    await using home = newHome();
    await using sessions = await startPgBouncer(connection(), { mode: 'session', size: 20 });
    const told = await rehearsed(home, { through: sessions.address });
    expect(told.exitCode, told.stdout).toBe(0);
  });

  it.each([
    ['another database', { mode: 'transaction', size: 2, database: 'postgres' }, /leads to another database/],
    ['statements only', { mode: 'statement', size: 2 }, /transaction blocks not allowed/],
  ] satisfies [string, PoolerOptions, RegExp][])(
    'one that leads to %s is refused',
    async (_, options, reason) => {
      await using home = newHome();
      await using other = await startPgBouncer(connection(), options);
      const told = await rehearsed(home, {
        through: other.address,
        traffic: { prepare: 'unnamed' },
      });
      expect(told.exitCode).toBe(2);
      expect(told.stdout.replace(/\s+/g, ' ')).toMatch(reason);
    },
  );

  it('one that logs in as another role is refused, and leaves nothing', async () => {
    await using home = newHome();
    await run("CREATE ROLE man LOGIN PASSWORD 'm' CREATEDB");
    await run('CREATE DATABASE man OWNER man');
    await run('CREATE TABLE accounts (id int PRIMARY KEY, balance int); GRANT ALL ON accounts TO man', 'man');
    await marked({ ...connection(), database: 'man' });
    const man = { ...connection(), user: 'man', password: 'm', database: 'man' };
    await using stronger = await startPgBouncer(man, { ...TRANSACTION, login: connection() });
    const told = await rehearsed(home, {
      as: man,
      through: stronger.address,
      traffic: { prepare: 'unnamed' },
    });
    expect(told.exitCode, told.stdout).toBe(2);
    expect(told.stdout.replace(/\s+/g, ' ')).toContain(
      `the pooler logs in as another role than the target: expected man, found ${connection().user}`,
    );
    expect(only(told).report.warnings).not.toContainEqual(expect.stringContaining('could not be dropped'));
    expect(await run("SELECT datname FROM pg_database WHERE datname LIKE 'rehearse%'")).toEqual([]);
  });

  it('settings of a session are refused, and so is a pooler that is not there', async () => {
    await using home = newHome();
    const traffic = { prepare: 'unnamed', statement_timeout: '2s' };
    const refused = await rehearsed(home, { traffic });
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout).toContain('ALTER ROLE … SET statement_timeout');
    const nowhere = await rehearsed(home, {
      traffic: { prepare: 'unnamed' },
      through: '127.0.0.1:1',
    });
    expect(nowhere.exitCode).toBe(3);
    expect(nowhere.stdout).toContain('127.0.0.1:1');
  });

  it.each([
    ['refuses settings of a session', undefined],
    ['passes over them in silence', 'options'],
  ])('one that %s, and was taken for the server, is refused by every command', async (_, ignored) => {
    await using home = newHome();
    await using taken = await startPgBouncer(connection(), {
      ...TRANSACTION,
      ...(ignored === undefined ? {} : { ignored }),
    });
    const { user, database, password } = connection();
    const at = (name: string) => `postgres://${user}@${taken.address}/${name}`;
    const target = at(database);
    const empty = `empty_${ignored ?? 'anyway'}`;
    await run(`CREATE DATABASE ${empty}`);
    const environment = { PGPASSWORD: password };
    const path = join(home.files, 'taken.yaml');
    writeFileSync(path, JSON.stringify(scenarioOf({})));
    const dataset = join(home.files, 'tiny.yaml');
    writeFileSync(dataset, JSON.stringify({ schema: './tiny.sql', tables: { t: { rows: 1 } } }));
    writeFileSync(join(home.files, 'tiny.sql'), 'CREATE TABLE t (id int PRIMARY KEY)');
    for (const words of [
      ['run', path, '--out', home.files, '--target', target],
      ['mark', target, '--confirm', database],
      ['cleanup', '--target', target],
      ['dataset', 'load', dataset, '--database', at(empty)],
    ]) {
      const { exitCode, stdout, stderr } = await command(words, { home, environment });
      const said = (stdout + stderr).replace(/\s+/g, ' ');
      expect([exitCode, said], words[0]).toEqual([
        2,
        expect.stringMatching(/expected a PostgreSQL server, found a pooler .* --pooler/),
      ]);
    }
  });

  it('what still waits at the end is cancelled by way of the pooler', async () => {
    await using home = newHome();
    const running = started(home, {
      options: ['--keep'],
      traffic: { prepare: 'unnamed', grace: '100ms' },
      migration: { sql: 'SELECT pg_sleep(1)' },
    });
    await running.says(/step 1 begins/);
    const [kept] = await run("SELECT datname FROM pg_database WHERE datname LIKE 'rehearse_run_%'");
    const database = String(kept?.['datname']);
    const holder = new pg.Client({ ...connection(), database, application_name: 'holder' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE accounts IN EXCLUSIVE MODE');
    const { report } = only(await running.reported());
    expect(report.migration?.outcome).toBe('applied');
    expect(report.transactions.some(({ inFlight }) => inFlight > 0)).toBe(true);
    const { rows } = await holder.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rehearse/traffic' AND wait_event_type = 'Lock'",
    );
    expect(rows).toEqual([]);
    expect(report.warnings).toContainEqual(
      expect.stringMatching(
        `kept \\(--keep\\): ${database} on .*could not get its name rehearse_kept_…: somebody works in it: holder`,
      ),
    );
    await holder.end();
  });
});
