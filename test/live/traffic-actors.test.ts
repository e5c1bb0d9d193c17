import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import type { Actor } from '#rooms/plan/index.js';
import type { ActorResult } from '#rooms/result/index.js';
import type { ActorWork } from '#rooms/scenario/index.js';
import {
  LockWaitLog,
  connect,
  withSession,
  type ConnectionSettings,
  type Home,
  type Instance,
} from '#rooms/target/index.js';
import { startActor, type RunningActor } from '#rooms/traffic/index.js';
import { after, milliseconds as ms } from '#rooms/units.js';
import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

const SCHEMA = `
CREATE TABLE "odd Name" ("whole" int, t text);
CREATE TABLE orders (id int PRIMARY KEY, note text);
CREATE TABLE nothing ();
CREATE TABLE events (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM orders;
CREATE SCHEMA rehearse;
CREATE TABLE rehearse.load (id int);
CREATE TABLE work (id int);
CREATE TABLE done (id int, transaction xid8 DEFAULT pg_current_xact_id(), pid int DEFAULT pg_backend_pid());
CREATE TABLE zoo (id int);
CREATE SEQUENCE visits;
INSERT INTO "odd Name" VALUES (1, 'a'); INSERT INTO nothing DEFAULT VALUES;
INSERT INTO orders SELECT n, repeat('x', 100) FROM generate_series(1, 1000) AS n;
INSERT INTO events SELECT n, n FROM generate_series(0, 19) AS n;
INSERT INTO work SELECT generate_series(1, 25)`;

let directory: string;
let home: Home;
let instance: Instance;
let connection: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  instance = started.instance;
  connection = started.server.connection;
  await run(SCHEMA);
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

afterEach(async () => {
  await run('TRUNCATE done');
  expect(await run("SELECT FROM pg_stat_activity WHERE application_name = 'rehearse/actor'")).toEqual([]);
});

const run = async (sql: string, values?: readonly unknown[]) =>
  (await withSession(connection, 'audit', (session) => session.query(sql, values))).rows;

/** Looks until it is so; the test's time limit ends what never will be. */
async function until(sql: string): Promise<void> {
  await withSession(connection, 'audit', async (session) => {
    while ((await session.query(sql)).rowCount === 0) await systemClock.sleep(ms(5));
  });
}

const TIMING = {
  name: 'somebody',
  phase: 'migration' as const,
  start: ms(0),
  period: undefined as Actor['period'],
  location: { file: 'a.yaml', path: 'actors.somebody' },
};

interface Begun extends RunningActor {
  /** Of its sessions, as they were opened. */
  readonly pids: readonly number[];
}

function start(
  work: ActorWork,
  { period, inTime = 0, to = connection }: { period?: number; inTime?: number; to?: ConnectionSettings } = {},
): Begun {
  const pids: number[] = [];
  const origin = systemClock.now();
  const actor = { ...TIMING, period: period === undefined ? undefined : ms(period), ...work };
  const onSession = (pid: number) => pids.push(pid);
  const waits = new LockWaitLog(systemClock);
  const surroundings = { connection: to, clock: systemClock, origin, waits, onSession };
  return { ...startActor(actor, after(origin, ms(inTime)), surroundings), pids };
}

const named = (...quoted: readonly string[]) =>
  quoted.map((one) => ({ name: one.replaceAll('"', ''), quoted: one, location: TIMING.location }));

const FINISHED = { outcome: 'finished', turns: 1, failedTurns: 0 };
const STOPPED = { outcome: 'stopped', turns: 0, failedTurns: 0 };
const IS_WAITING =
  "SELECT FROM pg_stat_activity WHERE application_name = 'rehearse/actor' AND wait_event_type = 'Lock'";
const LOCKED = `SELECT relation::regclass::text AS name, mode FROM pg_locks JOIN pg_class c ON c.oid = relation
  WHERE pid = $1 AND granted AND relkind IN ('r', 'p', 'm') AND relnamespace <> 'pg_catalog'::regnamespace ORDER BY 1`;

/** Nobody else can touch the table while it works. */
async function withLocked(table: string, work: () => Promise<void>): Promise<void> {
  await using session = await connect(connection, 'migration');
  await session.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  await work();
}

describe('a dump', () => {
  const ALL = { kind: 'dump' as const, tables: undefined, duration: undefined };

  it('holds a lock on every table, partitions too, but not on those of the harness', async () => {
    let dump: Begun | undefined;
    await withLocked('zoo', async () => {
      dump = start(ALL);
      await until(IS_WAITING);
      const locks = await run(LOCKED, [dump.pids[0]]);
      expect(new Set(locks.map(({ mode }) => mode))).toEqual(new Set(['AccessShareLock']));
      expect(locks.map(({ name }) => name)).toEqual(
        ['"odd Name"', 'done', 'events', 'events_1', 'events_2', 'nothing', 'orders', 'work'].toSorted(),
      );
    });
    expect(await dump?.result).toMatchObject({ name: 'somebody', kind: 'dump', start: 0, ...FINISHED });
  });

  it('of some tables takes those and their partitions', async () => {
    let dump: Begun | undefined;
    await withLocked('zoo', async () => {
      dump = start({ ...ALL, tables: named('"events"', '"odd Name"', '"public"."zoo"') });
      await until(IS_WAITING);
      const locks = await run(LOCKED, [dump.pids[0]]);
      expect(locks.map(({ name }) => name)).toEqual(['"odd Name"', 'events', 'events_1', 'events_2']);
    });
    expect(await dump?.result).toMatchObject(FINISHED);
  });

  it('of a table that is not there fails and says so', async () => {
    const { result } = start({ ...ALL, tables: named('"ordrs"') });
    expect(await result).toMatchObject({
      outcome: 'failed',
      turns: 0,
      failedTurns: 1,
      message: 'relation "ordrs" does not exist',
    });
  });

  it('of what is no table fails and says so', async () => {
    const { result } = start({ ...ALL, tables: named('"summary"') });
    expect(await result).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('"summary"') as string,
    });
  });

  it('goes on for its duration in the same snapshot', async () => {
    const dump = start({ ...ALL, duration: ms(600_000) });
    await until(
      "SELECT FROM pg_stat_activity WHERE application_name = 'rehearse/actor' AND query LIKE '%AS whole'",
    );
    const snapshot = () =>
      run('SELECT backend_xmin::text AS oldest FROM pg_stat_activity WHERE pid = $1', dump.pids);
    const before = await snapshot();
    await run('INSERT INTO done VALUES (1)');
    expect(before).toEqual([{ oldest: expect.stringMatching(/^\d+$/) as string }]);
    expect(await snapshot()).toEqual(before);
    dump.stop();
    expect(await dump.result).toMatchObject(STOPPED);
    const brief = await start({ ...ALL, duration: ms(50) }).result;
    expect(brief).toMatchObject(FINISHED);
    expect(brief.duration).toBeGreaterThanOrEqual(50);
  });

  it('that waits for a lock is gone at once when it is stopped', async () => {
    await withLocked('orders', async () => {
      const dump = start(ALL);
      await until(IS_WAITING);
      dump.stop();
      expect(await dump.result).toMatchObject(STOPPED);
    });
  });
});

describe('a batch writer', () => {
  const MOVE = `WITH gone AS (DELETE FROM work WHERE id IN (SELECT id FROM work LIMIT 10) RETURNING id)
    INSERT INTO done (id) SELECT id FROM gone`;

  it('ends when nothing is left to change, each batch in a transaction of its own', async () => {
    const { result } = start({ kind: 'batch', query: MOVE, pause: ms(1), duration: undefined });
    expect(await result).toMatchObject(FINISHED);
    expect(await run('SELECT count(*)::int AS rows FROM done GROUP BY transaction ORDER BY 1')).toEqual([
      { rows: 5 },
      { rows: 10 },
      { rows: 10 },
    ]);
  });

  it('goes on for its duration, whether or not it changes something', async () => {
    const { result } = start({ kind: 'batch', query: 'DELETE FROM zoo', pause: ms(0), duration: ms(100) });
    const { duration, ...rest } = await result;
    expect(rest).toMatchObject(FINISHED);
    expect(duration).toBeGreaterThanOrEqual(100);
  });

  it('in its pause is gone at once when it is stopped', async () => {
    const query = 'INSERT INTO done VALUES (1)';
    const batch = start({ kind: 'batch', query, pause: ms(600_000), duration: undefined });
    await until('SELECT FROM done');
    batch.stop();
    expect(await batch.result).toMatchObject(STOPPED);
  });
});

describe('maintenance', () => {
  it('vacuums a table as it is asked to', async () => {
    const filenode = async () => run("SELECT pg_relation_filenode('orders') AS node");
    const before = await filenode();
    const once = { kind: 'vacuum' as const, tables: named('"orders"'), duration: undefined };
    expect(await start({ ...once, command: 'VACUUM' }).result).toMatchObject(FINISHED);
    expect(await filenode()).toEqual(before);
    expect(await start({ ...once, command: 'VACUUM (FULL, ANALYZE)' }).result).toMatchObject(FINISHED);
    expect(await filenode()).not.toEqual(before);
  });

  it('analyzes the whole database', async () => {
    const statistics = "SELECT reltuples FROM pg_class WHERE relname = 'events_1'";
    expect(await run(statistics)).toEqual([{ reltuples: -1 }]);
    const { result } = start({ kind: 'analyze', command: 'ANALYZE', tables: undefined, duration: undefined });
    expect(await result).toMatchObject(FINISHED);
    expect(await run(statistics)).toEqual([{ reltuples: 10 }]);
  });

  it('that waits for a lock is gone at once when it is stopped, or when its duration is over', async () => {
    const vacuum = { kind: 'vacuum' as const, command: 'VACUUM', tables: named('"zoo"') };
    await withLocked('zoo', async () => {
      const endless = start({ ...vacuum, duration: undefined });
      const [brief] = await Promise.all([start({ ...vacuum, duration: ms(200) }).result, until(IS_WAITING)]);
      expect(brief).toMatchObject(FINISHED);
      endless.stop();
      expect(await endless.result).toMatchObject(STOPPED);
    });
  });
});

describe('turns', () => {
  const SIGN = 'INSERT INTO done DEFAULT VALUES';
  const visit = { kind: 'idle-in-transaction' as const, query: SIGN, duration: ms(20) };

  it('come again and again, until the actor is stopped', async () => {
    const actor = start(visit, { period: 50 });
    await until('SELECT FROM done OFFSET 2');
    actor.stop();
    const { turns, failedTurns, outcome } = await actor.result;
    const [signed] = await run('SELECT count(DISTINCT transaction)::int AS times FROM done');
    expect(turns).toBeGreaterThanOrEqual(2);
    // The end may have come while the last one was being committed.
    expect([turns, turns + 1]).toContain(signed?.['times']);
    expect(failedTurns).toBe(0);
    expect(outcome).toMatch(/^(finished|stopped)$/);
  });

  it('that lose their session are counted, and the next one has another', async () => {
    const query = "SELECT pg_terminate_backend(pg_backend_pid()) WHERE nextval('visits') = 1";
    const actor = start({ ...visit, query }, { period: 50 });
    await until('SELECT FROM visits WHERE last_value >= 3');
    actor.stop();
    const result = await actor.result;
    expect(new Set(actor.pids).size).toBeGreaterThanOrEqual(3);
    expect(result.turns).toBeGreaterThanOrEqual(1);
    expect(result).toMatchObject({
      outcome: 'failed',
      failedTurns: 1,
      message: 'terminating connection due to administrator command',
    });
  });

  it('of a statement that fails are counted, with the first message', async () => {
    const actor = start({ ...visit, query: 'SELECT 1 / 0' }, { period: 30 });
    await expect.poll(() => actor.pids.length).toBeGreaterThanOrEqual(3);
    actor.stop();
    const result = await actor.result;
    expect(result).toMatchObject({ outcome: 'failed', turns: 0, message: 'division by zero' });
    expect(result.failedTurns).toBeGreaterThanOrEqual(2);
  });

  it('do not come where the run ends before', async () => {
    const actor = start(visit, { inTime: 600_000 });
    actor.stop();
    await actor.begun;
    expect(await actor.result).toMatchObject({
      ...STOPPED,
      startedAt: 600_000,
      duration: 0,
      message: 'the run ended before its time came',
    });
  });

  it('fail where there is no server', async () => {
    const actor = start(visit, { to: { ...connection, port: 1 } });
    await actor.begun;
    const result: ActorResult = await actor.result;
    expect(result).toMatchObject({ outcome: 'failed', turns: 0, failedTurns: 1 });
    expect(result.message).toContain('cannot open an actor session');
  });
});

describe('a report and an idle transaction', () => {
  it('are cut when their duration is over, which is how they end', async () => {
    const long = 'SELECT pg_sleep(600)';
    for (const kind of ['report', 'idle-in-transaction'] as const)
      expect(await start({ kind, query: long, duration: ms(50) }).result).toMatchObject(FINISHED);
  });

  it('keep what they wrote when their duration is over, and lose it at the end of the run', async () => {
    const idle = { kind: 'idle-in-transaction' as const, query: 'INSERT INTO done VALUES (7)' };
    expect(await start({ ...idle, duration: ms(50) }).result).toMatchObject(FINISHED);
    expect(await run('SELECT id FROM done')).toEqual([{ id: 7 }]);
    const stopped = start({ ...idle, duration: ms(600_000) });
    await until(
      "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE 'INSERT INTO done%'",
    );
    stopped.stop();
    expect(await stopped.result).toMatchObject(STOPPED);
    expect(await run('SELECT id FROM done')).toEqual([{ id: 7 }]);
  });
});
