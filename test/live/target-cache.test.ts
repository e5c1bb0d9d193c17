import { readdirSync, readFileSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

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
} from '#rooms/target/index.js';
import { FACTS, publishedEmpty, seedingPlace } from './seeding.js';
import {
  homeAt,
  OTHER_BIN,
  newInstance,
  removeDirectory,
  temporaryDirectory,
  TEST_SETTINGS,
} from './server.js';

let directory: string;
let home: Home;
let cache: DatasetCache;
let entry: DatasetEntry;
/** Of the server on which the dataset was loaded. */
let sourceConnection: ConnectionSettings;
let sourceContent: unknown;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  cache = datasetCache(home, await findBuild(home));
  await using place = await seedingPlace(cache, 'shop');
  const server = await place.instance.start(TEST_SETTINGS);
  sourceConnection = server.connection;
  await withSession(sourceConnection, 'seed', async (session) => {
    await session.query(
      'CREATE TABLE goods AS SELECT id, md5(id::text) AS name FROM generate_series(1, 5000) id',
    );
    await session.query('VACUUM ANALYZE goods');
    await session.query('DELETE FROM goods WHERE id % 10 = 0');
    sourceContent = (await session.query(CONTENT)).rows;
  });
  await place.instance.stop();
  entry = await place.publish(FACTS);
});

afterAll(() => removeDirectory(directory));

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

  it('tells what its loader knew, and when it was last used', async () => {
    const { source, version } = await findBuild(home);
    expect(entry).toMatchObject({ key: 'shop', facts: FACTS, server: { source, version } });
    expect(entry.size).toBeGreaterThan(10_000_000);
    utimesSync(join(entry.directory, 'entry.json'), 0, 0);
    expect((await cache.find('shop'))?.lastUsed).toBe('1970-01-01T00:00:00.000Z');
    await using clone = await newInstance(home);
    await cache.cloneInto(entry, clone);
    expect((await cache.find('shop'))?.lastUsed).not.toBe('1970-01-01T00:00:00.000Z');
  });

  it('does not take a damaged entry for a whole one, and replaces it', async () => {
    const whole = await publishedEmpty(cache, 'damaged');
    truncateSync(join(whole.directory, 'entry.json'), 3);
    expect(await cache.find('damaged')).toBeUndefined();
    expect(await publishedEmpty(cache, 'damaged')).toMatchObject({ directory: whole.directory });
    expect(await cache.find('damaged')).toBeDefined();
  });

  it('leaves an instance empty, to be filled in another way, when the copy fails', async () => {
    await using instance = await newInstance(home);
    const broken = await publishedEmpty(cache, 'broken');
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

  it.skipIf(OTHER_BIN === undefined)('keeps the datasets of different servers apart', async () => {
    const other = datasetCache(home, await findBuild(home, { pgBin: OTHER_BIN! }));
    expect(await other.find('shop')).toBeUndefined();
  });

  it('refuses to publish a server that runs, and to fill an instance twice', async () => {
    await using place = await seedingPlace(cache, 'running');
    await place.instance.start(TEST_SETTINGS);
    await expect(place.publish(FACTS)).rejects.toMatchObject({ code: 'bug' });
    await expect(cache.cloneInto(entry, place.instance)).rejects.toMatchObject({ code: 'bug' });
    await place.discard();
  });

  it('keeps nothing beside its entries', () => {
    const names = readdirSync(home.datasets);
    expect(names.filter((name) => !/^(?:shop|damaged|broken)\.pg\d+-[0-9a-f]{8}$/.test(name))).toEqual([]);
    expect(readdirSync(entry.directory).sort()).toEqual(['data', 'entry.json', 'readers', 'removers']);
    expect(readdirSync(join(entry.directory, 'readers'))).toEqual([]);
  });
});
