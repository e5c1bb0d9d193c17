import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import {
  datasetCache,
  findBuild,
  withSession,
  type DatasetCache,
  type Home,
  type SeedingPlace,
} from '#rooms/target/index.js';
import { FACTS, publishedEmpty, seedingPlace } from './seeding.js';
import {
  ended,
  homeAt,
  newInstance,
  processesAt,
  removeDirectory,
  startHarness,
  until,
  type Harness,
} from './server.js';

/* Where a dataset is loaded: one harness at a time, and what it had finished outlives it. */

let directory: string;
let home: Home;
let cache: DatasetCache;

beforeEach(async () => {
  // In memory where there is room: every publication brings a thousand files to the disk.
  directory = mkdtempSync(join(inject('playground'), 'seeding-'));
  chmodSync(directory, 0o755);
  home = await homeAt(directory);
  cache = datasetCache(home, await findBuild(home));
});

afterEach(async () => {
  await until('every process is gone', () => processesAt(directory).length === 0);
  removeDirectory(directory);
});

const LOAD = { shared_buffers: '32MB', fsync: 'off', wal_level: 'minimal', max_wal_senders: '0' };

/** Takes the place, loads a table of 10,000 rows, and then does as told. */
const LOADER = (then: string): string => `
  const cache = T.datasetCache(home, await T.findBuild(home));
  const signal = new AbortController().signal;
  const obtained = await cache.obtain('shop', { signal, onWait: ({ pid }) => say('waits for ' + pid) });
  if (obtained.kind === 'entry') {
    say('found ' + obtained.entry.facts.rows);
    process.exit(0);
  }
  const { place } = obtained;
  say(place.resumed ? 'resumed' : 'begun');
  const server = await place.instance.start(${JSON.stringify(LOAD)});
  const session = await T.connect(server.connection, 'seed');
  await session.query('CREATE TABLE IF NOT EXISTS goods AS SELECT generate_series(1, 10000) AS id');
  ${then}
`;
const HALF_DONE = `
  await session.query('BEGIN; CREATE TABLE half AS SELECT generate_series(1, 100000) AS id');
  say('half');
  await forever();`;
const PUBLISH = `
  await session.close();
  await place.instance.stop();
  await place.publish(${JSON.stringify(FACTS)});
  say('published');`;

async function halfLoaded(): Promise<Harness> {
  const harness = startHarness(LOADER(HALF_DONE), { home: directory });
  expect([await harness.nextLine(), await harness.nextLine()]).toEqual(['begun', 'half']);
  return harness;
}

const places = (): readonly string[] =>
  readdirSync(home.datasets).filter((name) => name.endsWith('.seeding'));

const tablesOf = async (place: SeedingPlace): Promise<readonly unknown[]> => {
  const server = await place.instance.start(LOAD);
  const { rows } = await withSession(server.connection, 'audit', (session) =>
    session.query(`SELECT relname, (SELECT count(*) FROM goods) AS goods FROM pg_class
      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`),
  );
  await place.instance.stop();
  return rows;
};

describe('a dataset whose loader was killed', () => {
  it('is nobody’s entry, its server is stopped, and the next one goes on with what was finished', async () => {
    const harness = await halfLoaded();
    harness.child.kill('SIGKILL');
    await ended(harness);
    expect(await cache.find('shop')).toBeUndefined();
    await until('the keeper has stopped the server', () => processesAt(directory).length === 0);
    expect(places()).toHaveLength(1);
    await using place = await seedingPlace(cache, 'shop');
    expect(place.resumed).toBe(true);
    expect(await tablesOf(place)).toEqual([{ relname: 'goods', goods: '10000' }]);
    await place.publish(FACTS);
    expect(places()).toEqual([]);
    expect(await cache.find('shop')).toMatchObject({ facts: FACTS });
  });

  it('is taken over at once, while the keeper of the dead one is still at work', async () => {
    const harness = await halfLoaded();
    harness.child.kill('SIGKILL');
    await ended(harness);
    await using place = await seedingPlace(cache, 'shop');
    expect(await tablesOf(place)).toEqual([{ relname: 'goods', goods: '10000' }]);
    await place.discard();
  });

  it('keeps what was finished when its server was killed', async () => {
    const harness = await halfLoaded();
    const [place = ''] = places();
    const postmaster = Number(
      readFileSync(join(home.datasets, place, 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
    );
    process.kill(postmaster, 'SIGKILL');
    harness.child.kill('SIGKILL');
    await ended(harness);
    await using next = await seedingPlace(cache, 'shop');
    expect(next.resumed).toBe(true);
    expect(await tablesOf(next)).toEqual([{ relname: 'goods', goods: '10000' }]);
    await next.discard();
  });

  it('is begun anew after a restart of the host, for its server runs without fsync', async () => {
    const harness = await halfLoaded();
    harness.child.kill('SIGKILL');
    await ended(harness);
    const [place = ''] = places();
    writeFileSync(join(home.datasets, place, 'place.json'), '{"boot":"another one"}');
    await using next = await seedingPlace(cache, 'shop');
    expect(next.resumed).toBe(false);
    await next.discard();
  });

  it('is begun anew where its cluster is harmed', async () => {
    const harness = await halfLoaded();
    harness.child.kill('SIGKILL');
    await ended(harness);
    await until('the keeper has stopped the server', () => processesAt(directory).length === 0);
    rmSync(join(home.datasets, places()[0]!, 'data', 'global', 'pg_control'));
    await using next = await seedingPlace(cache, 'shop');
    expect(next.resumed).toBe(false);
    await next.discard();
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('was killed in the last step: its place only has to be renamed', async () => {
    const entry = await publishedEmpty(cache, 'shop');
    renameSync(entry.directory, `${entry.directory}.seeding`);
    mkdirSync(join(`${entry.directory}.seeding`, 'owners'));
    const obtained = await cache.obtain('shop', {
      signal: new AbortController().signal,
      onWait: () => undefined,
    });
    expect(obtained).toMatchObject({ kind: 'entry', entry: { directory: entry.directory } });
    expect(places()).toEqual([]);
  });

  it('is left alone by the sweep for a week', async () => {
    const harness = await halfLoaded();
    harness.child.kill('SIGKILL');
    await ended(harness);
    await (await newInstance(home)).close();
    expect(places()).toHaveLength(1);
    await until('the keeper has stopped the server', () => processesAt(directory).length === 0);
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    utimesSync(join(home.datasets, places()[0]!), longAgo, longAgo);
    await (await newInstance(home)).close();
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('has its server stopped by the sweep where the keeper was killed as well', async () => {
    const harness = await halfLoaded();
    const keeper = processesAt(directory).find(({ commandLine }) => commandLine.includes('keeper.js'));
    process.kill(keeper!.pid, 'SIGKILL');
    harness.child.kill('SIGKILL');
    await ended(harness);
    expect(processesAt(directory).length).toBeGreaterThan(0);
    await (await newInstance(home)).close();
    expect(processesAt(directory)).toEqual([]);
    expect(places()).toHaveLength(1);
  });
});

describe('two loaders of one dataset', () => {
  it('one loads, the other waits and uses the result', async () => {
    const first = startHarness(
      LOADER(`say('loaded'); await new Promise((resume) => process.once('SIGUSR2', resume)); ${PUBLISH}`),
      { home: directory },
    );
    expect([await first.nextLine(), await first.nextLine()]).toEqual(['begun', 'loaded']);
    const second = startHarness(LOADER(PUBLISH), { home: directory });
    expect(await second.nextLine()).toBe(`waits for ${first.child.pid}`);
    first.child.kill('SIGUSR2');
    expect([await first.nextLine(), await second.nextLine()]).toEqual(['published', 'found 4500']);
    await Promise.all([ended(first), ended(second)]);
  });

  it('when the one that loads is killed, exactly one of those that wait goes on', async () => {
    const first = await halfLoaded();
    const waiting = [1, 2, 3].map(() => startHarness(LOADER(PUBLISH), { home: directory }));
    for (const harness of waiting) expect(await harness.nextLine()).toBe(`waits for ${first.child.pid}`);
    first.child.kill('SIGKILL');
    const words = await Promise.all(waiting.map(wordsOf));
    expect(words.filter((said) => said.includes('resumed'))).toHaveLength(1);
    expect(words.filter((said) => said.includes('published'))).toHaveLength(1);
    expect(words.filter((said) => said.includes('found 4500'))).toHaveLength(2);
  });

  it('who waits can give up, and who closes the place without publishing leaves it to the next', async () => {
    const first = await seedingPlace(cache, 'shop');
    const wish = new AbortController();
    const waiting = cache.obtain('shop', {
      signal: wish.signal,
      onWait: () => wish.abort(new Error('enough')),
    });
    await expect(waiting).rejects.toThrow('enough');
    await first[Symbol.asyncDispose]();
    await using second = await seedingPlace(cache, 'shop');
    expect(second.resumed).toBe(true);
    await second.discard();
    expect(readdirSync(home.datasets)).toEqual([]);
    expect(existsSync(second.instance.directory)).toBe(false);
  });
});

async function wordsOf(harness: Harness): Promise<readonly string[]> {
  const words: string[] = [];
  for (;;) {
    const line = await harness.nextLine().catch(() => undefined);
    if (line === undefined) return words;
    words.push(line);
    if (line === 'published') return words;
  }
}
