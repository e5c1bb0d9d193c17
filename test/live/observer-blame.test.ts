import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { startObserver, type Observation } from '#rooms/observer/index.js';
import { connect, withSession, type Session } from '#rooms/target/index.js';
import { milliseconds } from '#rooms/units.js';

import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';
import type { Instance, Server } from '#rooms/target/index.js';

/* Pile-ups by script on a real server: for every wait that lasts two sampling intervals the report names who is at the root. */

/** Who does what, in this order; a step that waits is seen waiting before the next one begins. */
interface Line {
  readonly who: string;
  readonly does: string;
  /** Whoever may be named as the root; absent: it does not wait. */
  readonly root?: readonly string[];
  /** It waits for the migration, or behind it. */
  readonly blamed?: boolean;
}

const MIGRATION = 'migration';
const lock = (table: string, mode = 'ACCESS EXCLUSIVE'): string => `LOCK TABLE ${table} IN ${mode} MODE`;
const read = (table: string): string => `SELECT count(*) FROM ${table}`;
const write = (table: string, id: number): string => `UPDATE ${table} SET n = n + 1 WHERE id = ${id}`;

/** Each holds a table and waits for that of the one before: the last one waits at this depth. */
const chainOf = (depth: number): readonly Line[] =>
  Array.from({ length: depth + 1 }, (_, place): readonly Line[] => [
    { who: `link ${place}`, does: lock(`t${place}`) },
    ...(place === 0 ? [] : [{ who: `link ${place}`, does: lock(`t${place - 1}`), root: ['link 0'] }]),
  ]).flat();

const STORIES: Readonly<Record<string, readonly Line[]>> = {
  ...Object.fromEntries([1, 2, 3, 4, 5].map((depth) => [`tables, depth ${depth}`, chainOf(depth)])),
  'a change behind a long reader, and everybody behind the change': [
    { who: 'report', does: read('t0') },
    { who: MIGRATION, does: lock('t0'), root: ['report'], blamed: true },
    { who: 'reader', does: read('t0'), root: ['report'], blamed: true },
    { who: 'writer', does: write('t0', 1), root: ['report'], blamed: true },
  ],
  'row locks, depth 4': [
    { who: 'first', does: write('t0', 1) },
    { who: 'second', does: write('t0', 2) },
    { who: 'second', does: write('t0', 1), root: ['first'] },
    { who: 'third', does: write('t0', 3) },
    { who: 'third', does: write('t0', 2), root: ['first'] },
    { who: 'fourth', does: write('t0', 3), root: ['first'] },
    { who: 'fifth', does: write('t0', 3), root: ['first'] },
  ],
  'several roots at once': [
    { who: 'report', does: read('t0') },
    { who: MIGRATION, does: lock('t1') },
    { who: 'clerk', does: write('t2', 1) },
    { who: 'reader', does: read('t1'), root: [MIGRATION], blamed: true },
    { who: 'writer', does: write('t2', 1), root: ['clerk'] },
    { who: 'second writer', does: write('t2', 1), root: ['clerk'] },
    { who: 'change', does: lock('t0'), root: ['report'] },
    { who: 'second reader', does: read('t0'), root: ['report'] },
  ],
  'two who hold it together': [
    { who: 'report', does: read('t0') },
    { who: 'other report', does: read('t0') },
    { who: MIGRATION, does: lock('t0'), root: ['report', 'other report'], blamed: true },
    { who: 'reader', does: read('t0'), root: ['report', 'other report'], blamed: true },
  ],
  'one who goes ahead of the queue because he holds the table already': [
    { who: 'index', does: lock('t0', 'SHARE') },
    { who: 'clerk', does: read('t0') },
    { who: MIGRATION, does: lock('t0'), root: ['index'], blamed: true },
    { who: 'writer', does: write('t0', 1), root: ['index'], blamed: true },
    { who: 'clerk', does: write('t0', 2), root: ['index'] },
  ],
};

describe('who is at the root', () => {
  let directory: string;
  let instance: Instance;
  let server: Server;

  beforeAll(async () => {
    directory = temporaryDirectory();
    instance = await newInstance(await homeAt(directory));
    await instance.initialize();
    server = await instance.start({ ...TEST_SETTINGS, max_connections: '40' });
    const tables = Array.from(
      { length: 6 },
      (_, n) => `CREATE TABLE t${n} AS SELECT id, 0 AS n FROM generate_series(1, 10) AS id`,
    );
    await withSession(server.connection, 'audit', (session) => session.query(tables.join(';')));
  });

  afterAll(async () => {
    await instance.close();
    removeDirectory(directory);
  });

  it.each(Object.entries(STORIES))('%s', async (_, story) => {
    const sessions = new Map<string, Session>();
    await using audit = await connect(server.connection, 'audit');
    for (const who of new Set(story.map((line) => line.who)))
      sessions.set(
        who,
        await connect(server.connection, who === MIGRATION ? 'migration' : 'traffic', {
          // Nobody is a deadlock, and nobody shall be searched for one.
          settings: { deadlock_timeout: '1h' },
        }),
      );
    try {
      const observation = await watched(story, sessions, audit);
      const found = observation.lockWaits.map(({ waiter, root, step }) => ({
        waiter: nameOf(waiter.pid, sessions),
        root: nameOf(root?.pid, sessions),
        step,
      }));
      for (const { who, root, blamed } of story.filter((line) => line.root !== undefined)) {
        const own = found.filter(({ waiter }) => waiter === who);
        expect(own.length, who).toBeGreaterThan(0);
        for (const wait of own) expect(root, who).toContain(wait.root);
        if (blamed === true) expect(own.map(({ step }) => step)).toContain(0);
      }
    } finally {
      for (const session of sessions.values()) session.destroy();
      await nobodyLeft(audit);
    }
  });

  /** Plays the story; when all who wait have been looked at twice, it is over. */
  async function watched(
    story: readonly Line[],
    sessions: ReadonlyMap<string, Session>,
    audit: Session,
  ): Promise<Observation> {
    const reporting = {
      settings: {},
      deadlockTimeout: milliseconds(1_000),
      isExact: false,
      sees: { locks: true, sessions: true },
      missing: [],
    };
    const { connection } = server;
    await using observer = await startObserver({
      connection,
      clock: systemClock,
      origin: systemClock.now(),
      reporting,
    });
    observer.beginStep(0);
    for (const { who, does, root } of story) {
      const session = sessions.get(who)!;
      // BEGIN twice is only a warning.
      const done = session.query(`BEGIN; ${does}`);
      if (root === undefined) await done;
      else await waits(audit, session.pid, done);
    }
    await looks(audit, 3);
    return await observer.stop();
  }
});

/** Its statement does not end while it is waited for; that it is cut at the end is no failure. */
async function waits(audit: Session, pid: number, done: Promise<unknown>): Promise<void> {
  done.catch(() => undefined);
  await until(audit, 'SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted) AS holds', [pid]);
}

const nobodyLeft = (audit: Session): Promise<void> =>
  until(
    audit,
    "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name IN ('rehearse/traffic', 'rehearse/migration')) AS holds",
  );

async function until(audit: Session, condition: string, values: readonly unknown[] = []): Promise<void> {
  while ((await audit.query(condition, values)).rows[0]?.['holds'] !== true) await pause(5);
}

/** Until the observer has begun so many samples more. */
async function looks(audit: Session, count: number): Promise<void> {
  const seen = new Set<unknown>();
  while (seen.size <= count) {
    const { rows } = await audit.query(
      "SELECT query_start::text AS at FROM pg_stat_activity WHERE application_name = 'rehearse/observer' AND query LIKE '%backend_type%'",
    );
    for (const { at } of rows) seen.add(at);
    await pause(2);
  }
}

const nameOf = (pid: number | undefined, sessions: ReadonlyMap<string, Session>): string | undefined =>
  [...sessions].find(([, session]) => session.pid === pid)?.[0];
