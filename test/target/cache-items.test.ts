import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cacheLimit, itemsToRemove, type CacheItem } from '#rooms/target/cache-items.js';
import { roomProblem } from '#rooms/target/disk.js';
import { parseManifest } from '#rooms/target/entry.js';
import { bytes, milliseconds, parseSize } from '#rooms/units.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T00:00:00Z');

const item = (name: string, size: number, days: number, inUse = false): CacheItem => ({
  kind: 'unreadable',
  key: name,
  directory: name,
  size: bytes(size),
  lastUsed: new Date(NOW - days * DAY).toISOString(),
  inUse,
});

const OLD = item('old', 10, 40);
const MIDDLE = item('middle', 20, 10);
const NEW = item('new', 30, 1);
const ALL = [OLD, MIDDLE, NEW];

describe('of the cache goes', () => {
  it.each([
    ['nothing without a wish', ALL, {}, []],
    ['everything', ALL, { all: true }, ALL],
    ['what was not used for long', ALL, { olderThan: milliseconds(30 * DAY) }, [OLD]],
    ['the least recently used, until the rest is small enough', ALL, { maxBytes: bytes(50) }, [OLD]],
    ['no more than needed', ALL, { maxBytes: bytes(60) }, []],
    [
      'either by age or by size',
      ALL,
      { maxBytes: bytes(30), olderThan: milliseconds(30 * DAY) },
      [OLD, MIDDLE],
    ],
    ['not what is to be kept', ALL, { maxBytes: bytes(0), keep: ['new'] }, [OLD, MIDDLE]],
  ])('%s', (_, items, options, expected) => {
    expect(itemsToRemove(items, options, NOW)).toEqual(expected);
  });

  it('the next one for one that is in use', () => {
    const busy = item('old', 10, 40, true);
    expect(itemsToRemove([busy, MIDDLE, NEW], { maxBytes: bytes(45) }, NOW)).toEqual([busy, MIDDLE]);
  });

  it('so much that the rest keeps to the limit, and nothing that was used after something that stays', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(2_000), (sizes, limit) => {
        const items = sizes.map((size, index) => item(`${index}`, size, sizes.length - index));
        const removed = itemsToRemove(items, { maxBytes: bytes(limit) }, NOW);
        expect(removed).toEqual(items.slice(0, removed.length));
        const left = items.slice(removed.length).reduce((sum, { size }) => sum + size, 0);
        expect(left).toBeLessThanOrEqual(limit);
        const last = removed.at(-1);
        if (last !== undefined) expect(left + last.size).toBeGreaterThan(limit);
      }),
    );
  });
});

describe('the limit of the cache', () => {
  it('is what the variable says, else no more than half the disk', async () => {
    const home = { datasets: '/' };
    expect(await cacheLimit(home, { PG_REHEARSE_CACHE_SIZE: '20GB' })).toBe(parseSize('20GB'));
    expect(await cacheLimit(home, {})).toBeLessThanOrEqual(parseSize('50GB'));
    await expect(cacheLimit(home, { PG_REHEARSE_CACHE_SIZE: 'big' })).rejects.toMatchObject({
      code: 'usage',
      where: 'PG_REHEARSE_CACHE_SIZE',
    });
  });
});

describe('the room on the disk', () => {
  it('is told with the arithmetic where it is too small', () => {
    const load = { for: 'to load', bytes: parseSize('10GB') };
    const copy = { for: 'for the copy', bytes: parseSize('4GB') };
    expect(roomProblem(parseSize('14GB'), [load, copy])).toBeUndefined();
    expect(roomProblem(parseSize('9GB'), [load])).toBe('needed 10 GB to load, free 9 GB');
    expect(roomProblem(parseSize('13GB'), [load, copy])).toBe(
      'needed 14 GB (10 GB to load + 4 GB for the copy), free 13 GB',
    );
  });
});

const MANIFEST = {
  size: 12,
  created: '2026-11-22T18:30:00.000Z',
  server: { major: 18, version: '18.4', source: 'embedded' },
  facts: { dataset: 'shop', scale: 0.1, seed: 42, rows: 7, loading: { seconds: 3 }, card: { tables: [] } },
};

describe('the manifest of a dataset', () => {
  it('is read as it was written', () => {
    expect(parseManifest(JSON.stringify(MANIFEST))).toEqual(MANIFEST);
  });

  it('is not taken for whole wherever it breaks off, nor where it is another release’s', () => {
    const text = JSON.stringify(MANIFEST);
    for (let length = 0; length < text.length; length++) {
      expect(parseManifest(text.slice(0, length))).toBeUndefined();
    }
    for (const other of ['{"size":12}', '[]', 'null']) expect(parseManifest(other)).toBeUndefined();
  });
});
