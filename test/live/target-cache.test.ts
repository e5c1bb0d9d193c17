import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  connect,
  datasetCache,
  findBuild,
  withSession,
  type ConnectionSettings,
  type DatasetCache,
  type DatasetEntry,
  type Home,
  type Instance,
} from '#rooms/target/index.js';
import {
  ended,
  homeAt,
  INSTALLED_BIN,
  newInstance,
  removeDirectory,
  startedInstance,
  startHarness,
  temporaryDirectory,
  TEST_SETTINGS,
  until,
} from './server.js';

let directory: string;
let home: Home;
let cache: DatasetCache;
let entry: DatasetEntry;
let source: Instance;
let sourceConnection: ConnectionSettings;
let sourceContent: unknown;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  source = started.instance;
  sourceConnection = started.server.connection;
  await withSession(sourceConnection, 'seed', async (session) => {
    await session.query(
      'CREATE TABLE goods AS SELECT id, md5(id::text) AS name FROM generate_series(1, 5000) id',
    );
    await session.query('VACUUM ANALYZE goods');
    await session.query('DELETE FROM goods WHERE id % 10 = 0');
    sourceContent = (await session.query(CONTENT)).rows;
  });
  await source.stop();
  cache = datasetCache(home, await findBuild(home));
  entry = await cache.publish('shop', source);
});

afterAll(async () => {
  await source.close();
  removeDirectory(directory);
});

const CONTENT = 'SELECT count(*) AS rows, sum(hashtextextended(goods::text, 0)) AS content FROM goods';

/** What autovacuum goes by. */
const COUNTERS = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'goods'";

describe('the dataset cache', () => {
  it('knows nothing of a key that was not published', async () => {
    expect(await cache.find('absent')).toBeUndefined();
  });

  it('gives back what was published: rows and counters, behind a new password', async () => {
    expect(await cache.find('shop')).toEqual(entry);
    await using clone = await newInstance(home);
    await cache.cloneInto(entry, clone);
    const server = await clone.start(TEST_SETTINGS);
    await withSession(server.connection, 'audit', async (session) => {
      expect((await session.query(COUNTERS)).rows).toEqual([{ n_dead_tup: '500' }]);
      expect((await session.query(CONTENT)).rows).toEqual(sourceContent);
    });

    expect(server.connection.password).not.toBe(sourceConnection.password);
    const old = connect({ ...server.connection, password: sourceConnection.password }, 'audit');
    await expect(old).rejects.toMatchObject({ code: 'target.unavailable' });
    const secrets = [server.connection.password, sourceConnection.password];
    const files = readdirSync(home.datasets, { withFileTypes: true, recursive: true }).filter((file) =>
      file.isFile(),
    );
    const leaks = files.filter((file) => {
      const content = readFileSync(join(file.parentPath, file.name));
      return secrets.some((secret) => content.includes(secret));
    });
    expect(leaks).toEqual([]);
  });

  it('is not changed by what happens to a clone, nor one clone by another', async () => {
    await using one = await newInstance(home);
    await using two = await newInstance(home);
    await Promise.all([cache.cloneInto(entry, one), cache.cloneInto(entry, two)]);
    const first = await one.start(TEST_SETTINGS);
    await withSession(first.connection, 'migration', (session) => session.query('DROP TABLE goods'));
    const second = await two.start(TEST_SETTINGS);
    const { rows } = await withSession(second.connection, 'audit', (session) => session.query(CONTENT));
    expect(rows).toEqual(sourceContent);
  });

  it('takes one of several publications of the same key and keeps no draft', async () => {
    const entries = await Promise.all([1, 2, 3].map(() => cache.publish('raced', source)));
    expect(new Set(entries.map((entry) => entry.directory)).size).toBe(1);
    expect(readdirSync(home.datasets).sort()).toEqual(
      [entries[0]!, entry].map(({ directory: path }) => basename(path)),
    );
  });

  it('does not take a damaged entry for a whole one, and replaces it', async () => {
    const whole = await cache.publish('damaged', source);
    truncateSync(join(whole.directory, 'entry.json'), 3);
    expect(await cache.find('damaged')).toBeUndefined();
    expect(await cache.publish('damaged', source)).toEqual(whole);
    expect(await cache.find('damaged')).toEqual(whole);
  });

  it('gives up when asked to, and leaves nothing', async () => {
    const reason = new Error('enough');
    const before = readdirSync(home.datasets);
    await expect(cache.publish('given-up', source, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(readdirSync(home.datasets)).toEqual(before);
  });

  it('leaves an instance empty, to be filled in another way, when the copy fails', async () => {
    await using instance = await newInstance(home);
    const broken = await cache.publish('broken', source);
    const reason = new Error('enough');
    await expect(cache.cloneInto(entry, instance, AbortSignal.abort(reason))).rejects.toBe(reason);
    removeDirectory(join(broken.directory, 'data', 'global'));
    await expect(cache.cloneInto(broken, instance)).rejects.toMatchObject({ code: 'target.unavailable' });
    expect(readdirSync(instance.directory)).toEqual([]);
    await instance.initialize();
  });

  it('keeps the files private and in the hands of the user that runs the server', () => {
    const data = statSync(join(entry.directory, 'data'));
    const owner = home.serverUser.kind === 'other' ? home.serverUser.uid : process.getuid!();
    expect({ mode: data.mode & 0o777, owner: data.uid }).toEqual({ mode: 0o700, owner });
  });

  it.skipIf(INSTALLED_BIN === undefined)('keeps the datasets of different servers apart', async () => {
    const other = datasetCache(home, await findBuild(home, { pgBin: INSTALLED_BIN! }));
    expect(await other.find('shop')).toBeUndefined();
  });

  it('refuses to publish a server that runs, and to fill an instance twice', async () => {
    await using started = await startedInstance(home);
    const { instance } = started;
    await expect(cache.publish('running', instance)).rejects.toMatchObject({ code: 'bug' });
    await expect(cache.cloneInto(entry, instance)).rejects.toMatchObject({ code: 'bug' });
  });
});

describe('a draft', () => {
  it('of a harness that was killed while it published is swept away by the next one', async () => {
    const entries = readdirSync(home.datasets);
    // Nobody writes into the pipe, so the copy of the data directory never ends.
    const script = `
      const { execFileSync } = await import('node:child_process');
      const build = await T.findBuild(home);
      const instance = await T.createInstance(home, build);
      await instance.initialize();
      execFileSync('mkfifo', [instance.dataDirectory + '/endless']);
      await T.datasetCache(home, build).publish('never', instance);
    `;
    const harness = startHarness(script, { home: directory });
    const drafts = (): readonly string[] =>
      readdirSync(home.datasets).filter((name) => !entries.includes(name));
    await until('a draft is being written', () => drafts().length > 0);
    harness.child.kill('SIGKILL');
    await ended(harness);
    const left = drafts();
    await using next = await newInstance(home);
    expect(next.state).toBe('empty');
    expect(left).toHaveLength(1);
    expect(drafts()).toEqual([]);
  });
});
