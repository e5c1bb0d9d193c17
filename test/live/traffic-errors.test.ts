import { describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { connect } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { accountOf, drive, trafficOf } from './driven.js';
import { sharedServer } from './shared-server.js';

/* What the traffic does about errors, as the application that it stands for would, against a real server. */

const SCHEMA = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0);
INSERT INTO accounts SELECT n FROM generate_series(1, 1000) AS n`;

const { connection, run } = sharedServer(SCHEMA, { max_connections: '100' });

const READ = {
  query: 'SELECT balance FROM accounts WHERE id = :account',
  params: { account: 'int 1..1000' },
};

describe('an error', () => {
  it('of a backend that was terminated is counted, and the connection opened again', async () => {
    const traffic = trafficOf({ connections: 4, rate: '200/s', transactions: { read: READ } });
    const recording = await drive(traffic, connection(), {
      lasts: 3_000,
      meanwhile: async () => {
        await systemClock.sleep(ms(500));
        await run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rehearse/traffic'",
        );
      },
    });
    const { planned, completed, failed } = accountOf(recording);
    expect(completed + failed).toBe(planned);
    expect(recording.generator).toMatchObject({ connections: 4, connectionsLost: 4, reconnects: 4 });
    expect(recording.timeline[2]!.completed).toBeGreaterThan(50);
    expect(recording.pids.length).toBe(8);
  });

  it('of a server that crashed and came back is counted, and nothing hangs', async () => {
    const traffic = trafficOf({ connections: 4, rate: '200/s', transactions: { read: READ } });
    const recording = await drive(traffic, connection(), {
      lasts: 5_000,
      meanwhile: async () => {
        await using victim = await connect(connection(), 'audit');
        await systemClock.sleep(ms(500));
        // A backend that dies so takes all others along; the server starts again (manual, 19.6 restart_after_crash).
        process.kill(victim.pid, 'SIGKILL');
      },
    });
    const { planned, completed, failed, inFlight, neverStarted } = accountOf(recording);
    expect(completed + failed + inFlight + neverStarted).toBe(planned);
    expect(recording.generator.connectionsLost).toBeGreaterThanOrEqual(4);
    expect(recording.timeline[4]!.completed).toBeGreaterThan(50);
    expect(Object.keys(recording.transactions[0]!.failedByClass)).toEqual(failed === 0 ? [] : ['connection']);
  });

  it('57P01 is seen where a statement was running', async () => {
    const traffic = trafficOf({
      connections: 3,
      rate: '20/s',
      transactions: { sleep: { query: 'SELECT pg_sleep(0.3)' } },
    });
    const recording = await drive(traffic, connection(), {
      lasts: 1_500,
      meanwhile: async () => {
        await systemClock.sleep(ms(600));
        await run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rehearse/traffic'",
        );
      },
    });
    expect(recording.errors).toMatchObject([
      { class: 'connection', sqlState: '57P01', statement: 'SELECT pg_sleep(0.3)', count: 3 },
    ]);
  });
});

describe('after "cached plan must not change result type"', () => {
  const READ_ALL = { query: 'SELECT * FROM changing WHERE id = :id', params: { id: 'int 1..10' } };

  /** The type of a column changes and changes back, while its rows are read by named statements. */
  async function changed(how: string) {
    await run('DROP TABLE IF EXISTS changing; CREATE TABLE changing (id int PRIMARY KEY, n int)');
    await run('INSERT INTO changing SELECT n, n FROM generate_series(1, 10) AS n');
    const traffic = trafficOf({
      connections: 3,
      rate: '200/s',
      arrival: 'uniform',
      on_plan_invalidated: how,
      transactions: { read: READ_ALL },
    });
    const recording = await drive(traffic, connection(), {
      lasts: 2_000,
      meanwhile: async () => {
        await systemClock.sleep(ms(500));
        await run('ALTER TABLE changing ALTER COLUMN n TYPE bigint');
      },
    });
    const { planned, completed, failed } = accountOf(recording);
    expect(completed + failed).toBe(planned);
    const [read] = recording.transactions;
    return { recording, read: read!, invalidated: read!.failedByClass.plan_invalidated ?? 0 };
  }

  it('reprepare: each connection fails once, and the mix goes on', async () => {
    const { read, invalidated, recording } = await changed('reprepare');
    expect(invalidated).toBe(3);
    expect(read.failed).toBe(3);
    expect(recording.timeline[1]!.completed).toBeGreaterThan(150);
  });

  it('retry: no arrival fails, and what was overcome is told', async () => {
    const { read, recording } = await changed('retry');
    expect(read.failed).toBe(0);
    expect([read.retried, read.retries]).toEqual([3, 3]);
    expect(recording.errors).toMatchObject([
      { class: 'plan_invalidated', sqlState: '0A000', overcome: 3, count: 0 },
    ]);
  });

  it('fail: the statement stays broken on every connection', async () => {
    const { invalidated, read } = await changed('fail');
    expect(invalidated).toBe(read.failed);
    expect(invalidated).toBeGreaterThan(200);
  });

  it('reconnect: each connection fails once and is opened anew', async () => {
    const { invalidated, recording } = await changed('reconnect');
    expect(invalidated).toBe(3);
    expect(recording.generator).toMatchObject({ connectionsLost: 3, reconnects: 3 });
  });
});

describe('retries', () => {
  it('overcome serialization failures, with the same values', async () => {
    await run('CREATE TABLE hot (id int PRIMARY KEY, n int NOT NULL); INSERT INTO hot VALUES (1, 0)');
    const traffic = trafficOf({
      connections: 6,
      rate: '150/s',
      isolation: 'serializable',
      retries: { times: 50, backoff: '2ms', max_backoff: '20ms' },
      transactions: {
        add: {
          steps: [
            'begin',
            { query: 'SELECT n FROM hot WHERE id = 1', capture: { n: 'n' } },
            { think: '2ms' },
            { query: 'UPDATE hot SET n = :n::int + 1 WHERE id = 1' },
            'commit',
          ],
        },
      },
    });
    const recording = await drive(traffic, connection(), { lasts: 2_000, grace: 20_000 });
    const { planned, completed } = accountOf(recording);
    expect(completed).toBe(planned);
    // Each one counted, once.
    expect(await run('SELECT n FROM hot')).toEqual([{ n: completed }]);
    const [add] = recording.transactions;
    expect(add!.retried).toBeGreaterThan(0);
    expect(add!.retries).toBeGreaterThanOrEqual(add!.retried);
    expect(recording.errors).toMatchObject([{ class: 'serialization', sqlState: '40001', count: 0 }]);
  });

  it('that are not asked for are not made', async () => {
    await run('CREATE TABLE cold (id int PRIMARY KEY, n int NOT NULL); INSERT INTO cold VALUES (1, 0)');
    const traffic = trafficOf({
      connections: 6,
      rate: '150/s',
      isolation: 'repeatable read',
      transactions: {
        add: {
          steps: [
            'begin',
            { query: 'SELECT n FROM cold' },
            { think: '5ms' },
            { query: 'UPDATE cold SET n = n + 1' },
            'commit',
          ],
        },
      },
    });
    const recording = await drive(traffic, connection(), { lasts: 2_000 });
    const { completed, failed } = accountOf(recording);
    expect(await run('SELECT n FROM cold')).toEqual([{ n: completed }]);
    expect(recording.transactions[0]!.failedByClass).toEqual({ serialization: failed });
    expect(failed).toBeGreaterThan(0);
  });
});
