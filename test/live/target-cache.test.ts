import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  connect,
  datasetCache,
  findBuild,
  withSession,
  type ConnectionSettings,
  type DatasetCache,
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
let source: Instance;
let sourceConnection: ConnectionSettings;

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
  });
  await source.stop();
});

afterAll(async () => {
  await source.close();
  removeDirectory(directory);
});

beforeEach(async () => {
  cache = datasetCache(home, await findBuild(home));
});

afterEach(() => {
  for (const name of readdirSync(home.datasets)) removeDirectory(join(home.datasets, name));
});

/** Content and the counters that autovacuum goes by. */
const FINGERPRINT = `
  SELECT count(*) AS rows, sum(hashtextextended(goods::text, 0)) AS content,
         (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'goods') AS dead FROM goods`;

describe('the dataset cache', () => {
  it('knows nothing of a key that was not published', async () => {
    expect(await cache.find('absent')).toBeUndefined();
  });

  it('gives back what was published: rows and counters, behind a new password', async () => {
    const entry = await cache.publish('shop', source);
    expect(await cache.find('shop')).toEqual(entry);
    await using clone = await newInstance(home);
    await cache.cloneInto(entry, clone);
    const server = await clone.start(TEST_SETTINGS);
    const { rows } = await withSession(server.connection, 'audit', (session) => session.query(FINGERPRINT));
    expect(rows).toEqual([{ rows: '4500', content: expect.any(String) as string, dead: '500' }]);

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
    const entry = await cache.publish('shop', source);
    await using one = await newInstance(home);
    await using two = await newInstance(home);
    await Promise.all([cache.cloneInto(entry, one), cache.cloneInto(entry, two)]);
    const first = await one.start(TEST_SETTINGS);
    await withSession(first.connection, 'migration', (session) => session.query('DROP TABLE goods'));
    const second = await two.start(TEST_SETTINGS);
    const { rows } = await withSession(second.connection, 'audit', (session) => session.query(FINGERPRINT));
    expect(rows).toMatchObject([{ rows: '4500' }]);
  });

  it('takes one of several publications of the same key and keeps no draft', async () => {
    const entries = await Promise.all([1, 2, 3].map(() => cache.publish('shop', source)));
    expect(new Set(entries.map((entry) => entry.directory)).size).toBe(1);
    expect(readdirSync(home.datasets)).toHaveLength(1);
    await using clone = await newInstance(home);
    await cache.cloneInto(entries[0]!, clone);
    await clone.start(TEST_SETTINGS);
  });

  it('does not take a damaged entry for a whole one, and replaces it', async () => {
    const entry = await cache.publish('shop', source);
    truncateSync(join(entry.directory, 'entry.json'), 3);
    expect(await cache.find('shop')).toBeUndefined();
    expect(await cache.publish('shop', source)).toEqual(entry);
    expect(await cache.find('shop')).toEqual(entry);
  });

  it('gives up when asked to, and leaves nothing', async () => {
    const reason = new Error('enough');
    await expect(cache.publish('shop', source, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('keeps the files private and in the hands of the user that runs the server', async () => {
    const entry = await cache.publish('shop', source);
    const data = statSync(join(entry.directory, 'data'));
    const owner = home.serverUser.kind === 'other' ? home.serverUser.uid : process.getuid!();
    expect({ mode: data.mode & 0o777, owner: data.uid }).toEqual({ mode: 0o700, owner });
  });

  it.skipIf(INSTALLED_BIN === undefined)('keeps the datasets of different servers apart', async () => {
    await cache.publish('shop', source);
    const other = datasetCache(home, await findBuild(home, { pgBin: INSTALLED_BIN! }));
    expect(await other.find('shop')).toBeUndefined();
  });

  it('refuses to publish a server that runs, and to fill an instance twice', async () => {
    const entry = await cache.publish('shop', source);
    await using started = await startedInstance(home);
    const { instance } = started;
    await expect(cache.publish('running', instance)).rejects.toMatchObject({ code: 'bug' });
    await expect(cache.cloneInto(entry, instance)).rejects.toMatchObject({ code: 'bug' });
  });
});

describe('a draft', () => {
  it('of a harness that was killed while it published is swept away by the next one', async () => {
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
    const drafts = (): readonly string[] => readdirSync(home.datasets);
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
