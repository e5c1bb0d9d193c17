import { describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { connect } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { accountOf, drive, trafficOf } from './driven.js';
import { sharedServer } from './shared-server.js';

/* What must be true of the traffic whatever happens to the database, against a real server. */

const SCHEMA = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0);
INSERT INTO accounts SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE seen (slot bigint, key int, name text)`;

const { connection, run } = sharedServer(SCHEMA, { max_connections: '100' });

const READ = {
  query: 'SELECT balance FROM accounts WHERE id = :account',
  params: { account: 'int 1..1000 zipfian 1.1' },
};

/** Nobody else reads or writes the accounts for so long. */
async function lockFor(duration: number): Promise<void> {
  await using session = await connect(connection(), 'migration');
  await session.query('BEGIN; LOCK TABLE accounts');
  await systemClock.sleep(ms(duration));
  await session.query('COMMIT');
}

describe('a lock of 2 s at 1,000/s on 20 connections', () => {
  const traffic = (more: object = {}) =>
    trafficOf({
      connections: 20,
      rate: '1_000/s',
      arrival: 'uniform',
      transactions: { read: READ },
      ...more,
    });

  it('is in the response times, not only in the twenty service times that met it', async () => {
    const recording = await drive(traffic(), connection(), { lasts: 6_000, meanwhile: () => lockFor(2_000) });
    const [read] = recording.transactions;
    expect(accountOf(recording)).toMatchObject({ planned: 6_000, completed: 6_000 });
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
      await using session = await connect(connection(), 'migration');
      await systemClock.sleep(ms(1_000));
      await session.query('BEGIN; LOCK TABLE accounts');
      await released;
    };
    const held = drive(traffic(), connection(), {
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
    // The lock may come late; from then on to the very end nothing is forgotten.
    expect(read!.unfinished.max).toBeGreaterThan(1_500);
    expect(recording.phases[0]!.longestStall).toBeGreaterThan(1_500);
  });

  it('with when_saturated: drop loses arrivals, and says how many', async () => {
    const recording = await drive(traffic({ when_saturated: 'drop' }), connection(), {
      lasts: 4_000,
      meanwhile: () => lockFor(2_000),
    });
    const { planned, completed, dropped } = accountOf(recording);
    expect(planned).toBe(4_000);
    expect(dropped + completed).toBe(planned);
    expect(dropped).toBeGreaterThan(1_500);
  });

  it('ends the waiting for a connection after acquire_timeout', async () => {
    const recording = await drive(traffic({ acquire_timeout: '300ms' }), connection(), {
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
      const recording = await drive(traffic(workers), connection(), { lasts: 2_000 });
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
  const recording = await drive(ramp, connection(), { lasts: 10_000 });
  expect(accountOf(recording)).toMatchObject({ planned: 500, completed: 500 });
  // The area under the ramp, second by second: 5, 15, 25, …
  const due = recording.timeline.slice(0, 10).map((point) => point.due);
  due.forEach((count, second) => expect(Math.abs(count - (10 * second + 5))).toBeLessThanOrEqual(3));
});

describe('a closed loop', () => {
  it('of users has each of them wait for its answer, and pause', async () => {
    const users = trafficOf({ vus: 5, pause: '50ms', connections: 2, transactions: { read: READ } });
    const recording = await drive(users, connection(), { lasts: 1_000 });
    const { planned, completed } = accountOf(recording);
    expect(completed).toBe(planned);
    // 5 users, each at most once in 50 ms, and begun at once.
    expect(planned).toBeGreaterThan(20);
    expect(planned).toBeLessThanOrEqual(5 * 21);
    expect(recording.generator.connections).toBe(2);
  });

  it('with executor max keeps every connection busy', async () => {
    const most = trafficOf({ executor: 'max', connections: 4, transactions: { read: READ } });
    const recording = await drive(most, connection(), { lasts: 1_000 });
    const { planned, completed } = accountOf(recording);
    expect(completed).toBe(planned);
    expect(completed).toBeGreaterThan(200);
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
    const recording = await drive(both, connection(), { lasts: 2_000 });
    const of = (workload: string) => recording.transactions.find((one) => one.workload === workload)!;
    expect(of('web')).toMatchObject({ name: 'read', planned: 400, completed: 400 });
    expect(of('jobs').planned).toBeLessThanOrEqual(10);
    expect(of('web').service.p95).toBeLessThan(of('jobs').service.p50);
    expect(recording.pids.length).toBe(5);
  });
});
