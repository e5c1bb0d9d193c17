import {
  mkdtempSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import {
  datasetCache,
  findBuild,
  listCache,
  pruneCache,
  type DatasetCache,
  type DatasetEntry,
  type Home,
} from '#rooms/target/index.js';
import { publishedEmpty, seedingPlace } from './seeding.js';
import { ended, homeAt, processesAt, removeDirectory, startHarness, until } from './server.js';

let directory: string;
let home: Home;
let cache: DatasetCache;

beforeEach(async () => {
  directory = mkdtempSync(join(inject('playground'), 'prune-'));
  chmodSync(directory, 0o755);
  home = await homeAt(directory);
  cache = datasetCache(home, await findBuild(home));
});

afterEach(async () => {
  await until('every process is gone', () => processesAt(directory).length === 0);
  removeDirectory(directory);
});

function usedAt(entry: DatasetEntry, iso: string): void {
  utimesSync(join(entry.directory, 'entry.json'), new Date(iso), new Date(iso));
}

const keys = async (): Promise<readonly string[]> => (await listCache(home)).map(({ key }) => key);

describe('pruning the cache', () => {
  it('takes the least recently used first, and only says so when it is a rehearsal of its own', async () => {
    for (const [key, used] of [
      ['newest', '2026-03-03'],
      ['oldest', '2026-01-01'],
      ['middle', '2026-02-02'],
    ] as const) {
      usedAt(await publishedEmpty(cache, key), used);
    }
    expect(await keys()).toEqual(['oldest', 'middle', 'newest']);
    const [{ size }] = [await cache.find('newest').then((entry) => entry!)];
    const wish = { maxBytes: size };
    const dry = await pruneCache(home, { ...wish, dryRun: true });
    expect(dry.removed.map(({ key }) => key)).toEqual(['oldest', 'middle']);
    expect(await keys()).toHaveLength(3);
    const done = await pruneCache(home, wish);
    expect(done).toMatchObject({ removed: [{ key: 'oldest' }, { key: 'middle' }], left: { count: 1, size } });
    expect(await keys()).toEqual(['newest']);
  });

  it('leaves alone what somebody copies, and takes it afterwards', async () => {
    const entry = await publishedEmpty(cache, 'shop');
    // Nobody writes into the pipe, so the copy never ends.
    const pipe = join(entry.directory, 'data', 'endless');
    const harness = startHarness(
      `const { execFileSync } = await import('node:child_process');
       execFileSync('mkfifo', [${JSON.stringify(pipe)}]);
       const build = await T.findBuild(home);
       const cache = T.datasetCache(home, build);
       const instance = await T.createInstance(home, build);
       say('copies');
       await cache.cloneInto(await cache.find('shop'), instance);`,
      { home: directory },
    );
    await harness.nextLine();
    const marks = join(entry.directory, 'readers');
    await until('it has begun', () => readdirSync(marks).length > 0);
    expect(await listCache(home)).toMatchObject([{ key: 'shop', inUse: true }]);
    expect(await pruneCache(home, { all: true })).toMatchObject({ removed: [], inUse: [{ key: 'shop' }] });
    expect(await cache.find('shop')).toBeDefined();
    harness.child.kill('SIGKILL');
    await ended(harness);
    // Its mark is still there, but it stands for nobody.
    expect(readdirSync(marks)).toHaveLength(1);
    expect(await pruneCache(home, { all: true })).toMatchObject({ removed: [{ key: 'shop' }], inUse: [] });
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('while many copy: each copy is whole, or the entry was gone before', async () => {
    await publishedEmpty(cache, 'shop');
    const copier = `
      const build = await T.findBuild(home);
      const cache = T.datasetCache(home, build);
      const outcome = [];
      for (let n = 0; n < 4; n++) {
        const instance = await T.createInstance(home, build);
        const entry = await cache.find('shop');
        const isFilled = entry !== undefined && (await cache.cloneInto(entry, instance));
        outcome.push(isFilled ? instance.state : 'gone');
        await instance.close();
      }
      say(outcome.join(' '));`;
    const copiers = [1, 2].map(() => startHarness(copier, { home: directory }));
    await until(
      'they copy',
      () => existsSync(join(home.instances)) && readdirSync(home.instances).length > 0,
    );
    let removed = 0;
    while (removed === 0) removed = (await pruneCache(home, { all: true })).removed.length;
    for (const harness of copiers) {
      expect(await harness.nextLine()).toMatch(/^(?:stopped ?|gone ?)+$/);
      await ended(harness);
    }
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('never takes a place where somebody loads, and takes one that nobody owns', async () => {
    const place = await seedingPlace(cache, 'shop');
    expect(await listCache(home)).toMatchObject([{ key: 'shop', kind: 'unfinished', inUse: true }]);
    expect((await pruneCache(home, { all: true })).removed).toEqual([]);
    await place[Symbol.asyncDispose]();
    expect(await pruneCache(home, { all: true })).toMatchObject({ removed: [{ kind: 'unfinished' }] });
    expect(readdirSync(home.datasets)).toEqual([]);
  });

  it('takes what cannot be read, and nothing that is not its own', async () => {
    const entry = await publishedEmpty(cache, 'shop');
    rmSync(join(entry.directory, 'entry.json'));
    mkdirSync(join(home.datasets, 'somebody else’s'));
    writeFileSync(join(home.datasets, 'notes.txt'), '');
    expect(await pruneCache(home, { all: true })).toMatchObject({ removed: [{ kind: 'unreadable' }] });
    expect(readdirSync(home.datasets).sort()).toEqual(['notes.txt', 'somebody else’s']);
  });
});
