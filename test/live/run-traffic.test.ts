import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { connect, withSession, type ConnectionSettings, type Session } from '#rooms/target/index.js';
import { ledger, READ_ONLY, WIDE_VALIDITY } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, startRehearsal } from './rehearsal.js';
import {
  homeAt,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
  type StartedInstance,
} from './server.js';
import { rehearsedTogether } from './together.js';

/* The traffic as users meet it: verdicts, refusals, data that are there already. */

/** As long as it would be on a wide terminal. */
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

const PATIENCE = { timeout: 20_000, interval: 50 };

const STRICT_LAG = { ...WIDE_VALIDITY, dispatch_lag: 'max < 250ms' };

describe.concurrent('the measurement is not believed', () => {
  it('where the generator stood still for half a second: exit code 96', async () => {
    await using home = newHome();
    const scenario = ledger(home.files, {
      migration: { sql: 'SELECT pg_sleep(3)' },
      phases: { baseline: '1s', recovery: '500ms' },
      more: { validity: STRICT_LAG },
    });
    const run = startRehearsal(home, [scenario]);
    await run.says(/migration: step 1 begins/);
    // The fault itself: the whole process, its generator's thread included.
    run.child.kill('SIGSTOP');
    await pause(500);
    run.child.kill('SIGCONT');
    const rehearsed = await run.reported();
    expect(rehearsed.exitCode).toBe(96);
    const { report } = only(rehearsed);
    expect(report.judgement?.verdict.reasons.join('\n')).toMatch(/lateness of the load generator/);
    const lag = Math.max(...report.transactions.map(({ dispatchLag }) => dispatchLag.max));
    expect(lag).toBeGreaterThan(400);
  });

  it('where a phase had no arrivals, and so no data: never a pass', async () => {
    await using home = newHome();
    const told = await rehearsedTogether(home, {
      // The load ends before the migration begins.
      ended: {
        migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' },
        traffic: {
          ...READ_ONLY,
          rate: undefined,
          start_rate: '100/s',
          stages: [
            { target: '100/s', duration: '600ms' },
            { target: '0/s', duration: '1ms' },
          ],
        },
        phases: { migration: { min: '2s' } },
        more: { thresholds: { 'response_time{phase:migration}': 'p(99) < 60s' } },
      },
      // It goes on, but not with what is judged.
      other: {
        migration: { sql: 'SELECT 1' },
        more: {
          thresholds: { 'failed{phase:migration,transaction:book_entry}': 'rate < 1%' },
          traffic: {
            connections: 2,
            rate: '20/s',
            mix: { read_balance: 1_000_000, book_entry: 0.000_001 },
            transactions: {
              ...READ_ONLY.transactions,
              book_entry: { query: 'INSERT INTO entries (account_id) VALUES (1)' },
            },
          },
        },
      },
    });
    expect(told.ended.exitCode).toBe(96);
    expect(inOneLine(told.ended.stdout)).toMatch(
      /time without any load in the migration phase: .*, must be </,
    );
    expect(inOneLine(told.ended.stdout)).toMatch(/no data for the p99 response time in the migration phase/);
    expect(told.other.exitCode).toBe(96);
    expect(inOneLine(told.other.stdout)).toMatch(/no data for the share of failed arrivals of book_entry/);
  });
});

describe.concurrent('before anything is judged it is refused, with the arithmetic', () => {
  it('a rate that the pool can not carry, and connections that the server does not have', async () => {
    await using home = newHome();
    const told = await rehearsedTogether(home, {
      slow: {
        migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' },
        phases: { baseline: '3s' },
        traffic: {
          connections: 2,
          rate: '20/s',
          mix: { slow: 1 },
          transactions: { slow: { query: 'SELECT pg_sleep(0.2)' } },
        },
      },
      many: {
        migration: { sql: 'SELECT 1' },
        traffic: { connections: 40 },
        more: { settings: { max_connections: 30 } },
      },
    });
    expect(told.slow.exitCode).toBe(2);
    expect(inOneLine(told.slow.stdout)).toMatch(
      /the pool can not carry its rate, as the baseline shows: 20\/s × 2\d\d ms on average keep 4\.\d connections busy, and the pool has 2/,
    );
    // Nothing was migrated, and what was measured is there.
    expect(told.slow.report.migration).toBeUndefined();
    expect(told.slow.report.transactions.length).toBeGreaterThan(0);
    expect(told.many.exitCode).toBe(2);
    expect(inOneLine(told.many.stdout)).toMatch(
      /40 of the traffic \+ 6 of the harness = 46 connections, but the server has 2\d \(max_connections 30, less 3 reserved/,
    );
  });
});

describe('on a database that holds its data already', () => {
  let directory: string;
  let started: StartedInstance;

  beforeAll(async () => {
    directory = temporaryDirectory();
    started = await startedInstance(await homeAt(join(directory, 'home')));
    await sql('CREATE DATABASE shop', 'postgres');
    await sql('CREATE TABLE orders (id int PRIMARY KEY, note text, total int)');
    await sql("INSERT INTO orders SELECT n * 7, 'x', n FROM generate_series(1, 5000) AS n; ANALYZE");
    await marked({ ...connection(), database: 'shop' });
  });

  afterAll(async () => {
    await started.instance.close();
    removeDirectory(directory);
  });

  const connection = (): ConnectionSettings => started.server.connection;
  const sql = async (text: string, database = 'shop') =>
    (await withSession({ ...connection(), database }, 'audit', (session) => session.query(text))).rows;
  const target = () => {
    const { host, port, user } = connection();
    return `postgres://${user}@${host}:${port}/shop`;
  };
  const environment = () => ({ PGPASSWORD: connection().password });

  function scenario(files: string, changes: object = {}): string {
    const path = join(files, 'existing.yaml');
    const content = {
      dataset: 'existing',
      databases: ['shop'],
      traffic: {
        connections: 4,
        rate: '100/s',
        mix: { read: 3, write: 1 },
        transactions: {
          read: {
            query: 'SELECT note FROM orders WHERE id = :id',
            params: { id: 'orders.id zipfian 1.1' },
          },
          write: {
            steps: [
              {
                query: 'UPDATE orders SET total = total + 1 WHERE id = :id',
                expect: { rows: 1 },
              },
            ],
            params: { id: 'orders.id latest' },
          },
        },
      },
      actors: { backup: { kind: 'dump', phase: 'baseline' } },
      phases: { warmup: '200ms', baseline: '500ms', migration: { min: '500ms' }, recovery: '200ms' },
      migration: { sql: 'ALTER TABLE orders ADD COLUMN tracking uuid DEFAULT gen_random_uuid()' },
      validity: WIDE_VALIDITY,
      thresholds: { failed: 'count == 0', never_started: 'count == 0' },
      ...changes,
    };
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  it('the migration is rehearsed there, with keys of its rows', async () => {
    await using home = newHome();
    const words = [scenario(home.files), '--target', target()];
    const run = await rehearse(home, words, { environment: environment() });
    expect(run.stderr + run.stdout).not.toContain(connection().password);
    expect(run.exitCode).toBe(0);
    const { report } = only(run);
    expect(report.server?.target).toBe('external');
    expect(report.transactions.reduce((sum, { completed }) => sum + completed, 0)).toBeGreaterThan(50);
    expect(report.migration?.steps[0]?.statements[0]?.rewritten).toMatchObject([{ relation: 'orders' }]);
    expect(report.actors).toMatchObject([{ name: 'backup', outcome: 'finished' }]);
    // It was a copy.
    expect(await sql("SELECT FROM pg_attribute WHERE attname = 'tracking'")).toEqual([]);
    expect(await sql("SELECT FROM pg_database WHERE datname LIKE 'rehearse%'")).toEqual([]);
    expect(await sql("SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%'")).toHaveLength(
      1,
    );
  });

  it('is asked for by name', async () => {
    await using home = newHome();
    const without = await command(['run', scenario(home.files)], { home });
    expect([without.exitCode, without.stderr]).toEqual([
      2,
      expect.stringContaining('dataset: existing needs the database that holds the data'),
    ]);
  });

  it('a statement or a key that it does not have is told with its line', async () => {
    await using home = newHome();
    const traffic = {
      connections: 1,
      rate: '10/s',
      transactions: { read: { query: 'SELECT 1 WHERE :id > 0', params: { id: 'orders.ident' } } },
    };
    const path = scenario(home.files, { traffic });
    const words = [path, '--target', target()];
    const run = await rehearse(home, words, { environment: environment() });
    expect(run.exitCode).toBe(2);
    expect(inOneLine(run.stdout)).toMatch(/existing\.yaml:1: .*column "ident" does not exist/);
  });

  describe('where somebody keeps a table locked', () => {
    let holder: Session;
    const words = (files: string) => [scenario(files), '--in-place', '--target', target()];

    beforeAll(async () => {
      holder = await connect({ ...connection(), database: 'shop' }, 'audit');
      await holder.query('BEGIN; LOCK TABLE orders');
    });

    afterAll(() => holder.close());

    it('says who does', async () => {
      await using home = newHome();
      const run = await rehearse(home, words(home.files), { environment: environment() });
      expect(run.exitCode).toBe(3);
      expect(inOneLine(run.stdout)).toContain(
        `a table was locked for more than 5s: orders (pid ${holder.pid}, rehearse/audit)`,
      );
    });

    it('Ctrl-C ends the waiting', async () => {
      await using home = newHome();
      const run = startRehearsal(home, words(home.files), { environment: environment() });
      const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      // Who asks the server before is traffic of others.
      await run.says(/sampling the keys/);
      await vi.waitUntil(async () => (await sql(waiting)).length > 0, PATIENCE);
      run.signal('SIGINT');
      expect((await run.reported()).exitCode).toBe(130);
      expect(await sql(waiting)).toEqual([]);
    });
  });

  it('a server process that does not answer any more does not keep the run from its end', async () => {
    await using home = newHome();
    const path = scenario(home.files, {
      migration: { sql: 'SELECT 1' },
      phases: { warmup: '200ms', baseline: '2s', migration: { min: '500ms' }, recovery: '200ms' },
    });
    const run = startRehearsal(home, [path, '--target', target()], {
      environment: environment(),
    });
    const observers = "SELECT pid FROM pg_stat_activity WHERE application_name = 'rehearse/observer'";
    await run.says(/warmup/);
    await vi.waitUntil(async () => (await sql(observers)).length > 0, PATIENCE);
    const [{ pid }] = (await sql(observers)) as [{ pid: number }];
    process.kill(pid, 'SIGSTOP');
    try {
      const { report } = only(await run.reported());
      expect(report.outcome).toEqual({ kind: 'completed' });
      expect(report.observer!.longestGap).toBeGreaterThan(2_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
