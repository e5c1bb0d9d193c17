import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { connect, withSession, type ConnectionSettings, type Instance } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { accountOf, drive, trafficOf } from './driven.js';
import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

/* What must be true of the traffic whatever happens to the database, against a real server. */

const SCHEMA = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0);
INSERT INTO accounts SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE seen (slot bigint, key int, name text)`;

let directory: string;
let instance: Instance;
let connection: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  const started = await startedInstance(await homeAt(directory));
  instance = started.instance;
  connection = started.server.connection;
  await instance.stop();
  connection = (await instance.start({ shared_buffers: '32MB', fsync: 'off', max_connections: '100' }))
    .connection;
  await run(SCHEMA);
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

const run = async (sql: string) =>
  (await withSession(connection, 'audit', (session) => session.query(sql))).rows;

const READ = {
  query: 'SELECT balance FROM accounts WHERE id = :account',
  params: { account: 'int 1..1000 zipfian 1.1' },
};

/** Nobody else reads or writes the accounts for so long. */
async function lockFor(duration: number): Promise<void> {
  await using session = await connect(connection, 'migration');
  await session.query('BEGIN; LOCK TABLE accounts');
  await systemClock.sleep(ms(duration));
  await session.query('COMMIT');
}

describe('a lock of 2 s at 1,000/s on 20 connections', () => {
  const traffic = (more: object = {}) =>
    trafficOf({ connections: 20, rate: '1_000/s', arrival: 'uniform', transactions: { read: READ }, ...more });

  it('is in the response times, not only in the twenty service times that met it', async () => {
    const recording = await drive(traffic(), connection, { lasts: 10_000, meanwhile: () => lockFor(2_000) });
    const [read] = recording.transactions;
    expect(accountOf(recording)).toMatchObject({ planned: 10_000, completed: 10_000 });
    expect(read!.response.p95).toBeGreaterThanOrEqual(1_400);
    expect(read!.service.p95).toBeLessThan(50);
    const [phase] = recording.phases;
    expect(phase!.longestStall).toBeGreaterThan(1_900);
  });

  it('that lasts past the end leaves no arrival uncounted', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holder = async () => {
      await using session = await connect(connection, 'migration');
      await systemClock.sleep(ms(1_000));
      await session.query('BEGIN; LOCK TABLE accounts');
      await released;
    };
    const held = drive(traffic(), connection, {
      lasts: 3_000,
      grace: 200,
      meanwhile: () => {
        void holder();
        return Promise.resolve();
      },
    });
    const recording = await held;
    release();
    const { planned, completed, failed, inFlight, neverStarted } = accountOf(recording);
    expect(planned).toBe(3_000);
    expect(completed + failed + inFlight + neverStarted).toBe(planned);
    expect(inFlight).toBe(20);
    expect(neverStarted).toBeGreaterThan(1_000);
    const [read] = recording.transactions;
    expect(read!.unfinished.count).toBe(inFlight + neverStarted);
    expect(read!.unfinished.max).toBeGreaterThan(1_900);
    // Up to the very end, and nothing of it is forgotten.
    expect(recording.phases[0]!.longestStall).toBeGreaterThan(1_900);
  });

  it('with when_saturated: drop loses arrivals, and says how many', async () => {
    const recording = await drive(traffic({ when_saturated: 'drop' }), connection, {
      lasts: 4_000,
      meanwhile: () => lockFor(2_000),
    });
    const { planned, completed, dropped } = accountOf(recording);
    expect(planned).toBe(4_000);
    expect(dropped + completed).toBe(planned);
    expect(dropped).toBeGreaterThan(1_500);
  });

  it('ends the waiting for a connection after acquire_timeout', async () => {
    const recording = await drive(traffic({ acquire_timeout: '300ms' }), connection, {
      lasts: 3_000,
      meanwhile: () => lockFor(1_500),
    });
    const [read] = recording.transactions;
    const { planned, completed, failed } = accountOf(recording);
    expect(completed + failed).toBe(planned);
    expect(read!.failedByClass).toEqual({ pool_wait_timeout: failed });
    expect(failed).toBeGreaterThan(500);
    // An expired one waited that long, and not much longer.
    expect(read!.failedAfter.p50).toBeGreaterThanOrEqual(300);
    expect(recording.errors).toMatchObject([{ class: 'pool_wait_timeout', count: failed }]);
  });
});

describe('the same seed', () => {
  const traffic = (workers: number) =>
    trafficOf({
      workers,
      connections: 8,
      rate: '500/s',
      mix: { one: 2, other: 1 },
      transactions: Object.fromEntries(
        ['one', 'other'].map((name) => [
          name,
          {
            query: `INSERT INTO seen VALUES (:slot, :key, '${name}')`,
            params: { slot: 'sequence', key: 'int 1..1000 zipfian 1.2' },
          },
        ]),
      ),
    });

  it('gives the same arrivals with the same keys to one worker and to four', async () => {
    const played = async (workers: number) => {
      await run('TRUNCATE seen');
      const recording = await drive(traffic(workers), connection, { lasts: 2_000 });
      const rows = await run('SELECT slot::int, key, name FROM seen ORDER BY slot');
      const planned = recording.transactions.map(({ name, planned: due }) => [name, due]).toSorted();
      return { rows, planned, generator: recording.generator };
    };
    const [one, four] = [await played(1), await played(4)];
    expect(four.generator.workers).toBe(4);
    expect(four.generator.connections).toBe(8);
    expect(one.rows.length).toBeGreaterThan(800);
    expect(four.rows).toEqual(one.rows);
    expect(four.planned).toEqual(one.planned);
  });
});

it('a ramp from 0 to 100/s in 10 s is 500 arrivals', async () => {
  const ramp = trafficOf({
    connections: 4,
    stages: [{ target: '100/s', duration: '10s' }],
    arrival: 'uniform',
    transactions: { read: READ },
  });
  const recording = await drive(ramp, connection, { lasts: 10_000 });
  expect(accountOf(recording)).toMatchObject({ planned: 500, completed: 500 });
  // The area under the ramp, second by second: 5, 15, 25, …
  const due = recording.timeline.slice(0, 10).map((point) => point.due);
  due.forEach((count, second) => expect(Math.abs(count - (10 * second + 5))).toBeLessThanOrEqual(3));
});

describe('a closed loop', () => {
  it('of users has each of them wait for its answer, and pause', async () => {
    const users = trafficOf({ vus: 5, pause: '50ms', connections: 2, transactions: { read: READ } });
    const recording = await drive(users, connection, { lasts: 1_000 });
    const { planned, completed } = accountOf(recording);
    expect(completed).toBe(planned);
    // 5 users, each at most once in 50 ms, and begun at once.
    expect(planned).toBeGreaterThan(20);
    expect(planned).toBeLessThanOrEqual(5 * 21);
    expect(recording.generator.connections).toBe(2);
  });

  it('with executor max keeps every connection busy', async () => {
    const most = trafficOf({ executor: 'max', connections: 4, transactions: { read: READ } });
    const recording = await drive(most, connection, { lasts: 1_000 });
    const { planned, completed } = accountOf(recording);
    expect(completed).toBe(planned);
    expect(completed).toBeGreaterThan(1_000);
    expect(recording.timeline[0]!.connectionsInUse).toBe(4);
  });
});

describe('several workloads', () => {
  it('run side by side, each on its own pool', async () => {
    const both = trafficOf({
      workloads: {
        web: { connections: 4, rate: '200/s', arrival: 'uniform', mix: { read: 1 } },
        jobs: { vus: 1, mix: { slow: 1 } },
      },
      transactions: { read: READ, slow: { query: 'SELECT pg_sleep(0.2)' } },
    });
    const recording = await drive(both, connection, { lasts: 2_000 });
    const of = (workload: string) => recording.transactions.find((one) => one.workload === workload)!;
    expect(of('web')).toMatchObject({ name: 'read', planned: 400, completed: 400 });
    expect(of('jobs').planned).toBeLessThanOrEqual(10);
    expect(of('web').service.p95).toBeLessThan(of('jobs').service.p50);
    expect(recording.pids.length).toBe(5);
  });
});

describe('an error', () => {
  it('of a backend that was terminated is counted, and the connection opened again', async () => {
    const traffic = trafficOf({ connections: 4, rate: '200/s', transactions: { read: READ } });
    const recording = await drive(traffic, connection, {
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
    expect(recording.timeline.at(-1)!.completed).toBeGreaterThan(50);
    expect(recording.pids.length).toBe(8);
  });

  it('of a server that crashed and came back is counted, and nothing hangs', async () => {
    const traffic = trafficOf({ connections: 4, rate: '200/s', transactions: { read: READ } });
    const recording = await drive(traffic, connection, {
      lasts: 5_000,
      meanwhile: async () => {
        await using victim = await connect(connection, 'audit');
        await systemClock.sleep(ms(500));
        // A backend that dies so takes all others along; the server starts again (manual, 19.6 restart_after_crash).
        process.kill(victim.pid, 'SIGKILL');
      },
    });
    const { planned, completed, failed, inFlight, neverStarted } = accountOf(recording);
    expect(completed + failed + inFlight + neverStarted).toBe(planned);
    expect(recording.generator.connectionsLost).toBeGreaterThanOrEqual(4);
    expect(recording.timeline.at(-1)!.completed).toBeGreaterThan(50);
    expect(Object.keys(recording.transactions[0]!.failedByClass)).toEqual(failed === 0 ? [] : ['connection']);
  });

  it('57P01 is seen where a statement was running', async () => {
    const traffic = trafficOf({
      connections: 3,
      rate: '20/s',
      transactions: { sleep: { query: 'SELECT pg_sleep(0.3)' } },
    });
    const recording = await drive(traffic, connection, {
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
    const recording = await drive(traffic, connection, {
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
    expect(recording.errors).toMatchObject([{ class: 'plan_invalidated', sqlState: '0A000', overcome: 3, count: 0 }]);
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
    const recording = await drive(traffic, connection, { lasts: 2_000, grace: 20_000 });
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
    const recording = await drive(traffic, connection, { lasts: 2_000 });
    const { completed, failed } = accountOf(recording);
    expect(await run('SELECT n FROM cold')).toEqual([{ n: completed }]);
    expect(recording.transactions[0]!.failedByClass).toEqual({ serialization: failed });
    expect(failed).toBeGreaterThan(0);
  });
});
