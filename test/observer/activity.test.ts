import { describe, expect, it } from 'vitest';

import { activityBetween, type ActivitySnapshot } from '#rooms/observer/index.js';
import type { TableActivity } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const counters = (relation: string, changes: Partial<TableActivity> = {}): TableActivity => ({
  relation,
  seqScans: 10,
  indexScans: 10,
  inserted: 10,
  updated: 10,
  hotUpdated: 10,
  deleted: 10,
  blocksRead: 10,
  blocksHit: 10,
  ...changes,
});

const snapshot = (
  at: number,
  walBytes: number,
  tables: Readonly<Record<string, TableActivity>>,
): ActivitySnapshot => ({ at: ms(at), walBytes, tables: new Map(Object.entries(tables)) });

describe('what happened between two looks at the counters', () => {
  it('is the growth of each, by table, without those at rest', () => {
    const before = snapshot(1_000, 500, { 1: counters('orders'), 2: counters('items') });
    const after = snapshot(3_500, 900, {
      1: counters('orders', { updated: 40, hotUpdated: 25 }),
      2: counters('items'),
    });
    const nothing = counters('orders');
    for (const key of Object.keys(nothing)) if (key !== 'relation') Object.assign(nothing, { [key]: 0 });
    expect(activityBetween(before, after)).toEqual({
      duration: 2_500,
      walBytes: 400,
      tables: [{ ...nothing, updated: 30, hotUpdated: 15 }],
    });
  });

  it('follows a table through its renaming, and counts a new one from its beginning', () => {
    const before = snapshot(0, 0, { 1: counters('orders') });
    const after = snapshot(1, 0, {
      1: counters('orders_old', { deleted: 11 }),
      2: counters('orders', { inserted: 99 }),
    });
    expect(
      activityBetween(before, after).tables.map(({ relation, inserted, deleted }) => ({
        relation,
        inserted,
        deleted,
      })),
    ).toEqual([
      { relation: 'orders', inserted: 99, deleted: 10 },
      { relation: 'orders_old', inserted: 0, deleted: 1 },
    ]);
  });

  it('is never below nothing, where the counters were reset', () => {
    const before = snapshot(0, 500, { 1: counters('orders') });
    const after = snapshot(1, 400, { 1: counters('orders', { inserted: 3, updated: 11 }) });
    expect(activityBetween(before, after)).toMatchObject({
      walBytes: 0,
      tables: [{ inserted: 0, updated: 1 }],
    });
  });
});
