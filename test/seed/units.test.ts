import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ResolvedTable } from '#rooms/dataset/index.js';
import { loadersPerThread } from '#rooms/seed/load-rows.js';
import { loadingFillfactor } from '#rooms/seed/page-filling.js';
import { unitsOf } from '#rooms/seed/units.js';

function table(name: string, rows: number, some: Partial<ResolvedTable> = {}): ResolvedTable {
  return {
    schema: 'public',
    name,
    display: name,
    sqlName: `"public"."${name}"`,
    partitioned: false,
    rows,
    rowsAtScale1: rows,
    columns: [],
    bytesPerRow: 100,
    storage: { fillfactor: undefined, deadTuples: 0, freeSpace: 0, statisticsTarget: undefined },
    expect: { rows: undefined, allVisible: undefined, deadTuples: undefined, columns: [] },
    routes: undefined,
    ...some,
  };
}

const route = (name: string, from: number, to: number) => ({
  sqlName: `"public"."${name}"`,
  display: name,
  from,
  to,
});

describe('units of loading', () => {
  it('are leaf partitions where their rows are known, else tables; the largest first, none without rows', () => {
    const units = unitsOf([
      table('small', 10),
      table('empty', 0),
      table('events', 500, {
        partitioned: true,
        routes: [route('may', 0, 200), route('june', 200, 500), route('july', 500, 500)],
      }),
      table('hashed', 1_000, { partitioned: true }),
    ]);
    expect(units.map(({ display, from, to, throughParent }) => [display, from, to, throughParent])).toEqual([
      ['hashed', 0, 1_000, true],
      ['june', 200, 500, false],
      ['may', 0, 200, false],
      ['small', 0, 10, false],
    ]);
  });
});

describe('connections', () => {
  it('are shared out evenly over threads, two each from the third on', () => {
    expect([1, 2, 3, 4, 7].map(loadersPerThread)).toEqual([[1], [1, 1], [1, 2], [2, 2], [1, 2, 2, 2]]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (connections) => {
        const threads = loadersPerThread(connections);
        expect(threads.reduce((sum, loaders) => sum + loaders, 0)).toBe(connections);
        expect(Math.max(...threads)).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('free space', () => {
  it('comes from a fillfactor that holds while the rows are loaded', () => {
    expect(loadingFillfactor(0, 0.1)).toBe(90);
    expect(loadingFillfactor(80, 0.25)).toBe(60);
    expect(loadingFillfactor(20, 0.9)).toBe(10);
  });
});
