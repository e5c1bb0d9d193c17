import { describe, expect, it } from 'vitest';

import { findingsOf } from '#rooms/findings/index.js';
import type { NewIndex, Result } from '#rooms/result/index.js';

import {
  activity,
  afterwards,
  alone,
  newIndex,
  plan,
  planChange,
  rerunOf,
  table,
} from '../result/aftermath.ts';
import { resultOf, table as relation } from '../result/sample.ts';
import { found, only } from './expecting.ts';

describe('plan-changed', () => {
  const BEFORE = plan(
    8.4,
    ['Bitmap Heap Scan', 'orders'],
    ['Bitmap Index Scan', undefined, 'orders_customer'],
  );
  const changed = (after: ReturnType<typeof plan>, changes: Partial<Result> = {}): Result =>
    afterwards({ planChanges: [planChange(BEFORE, after)] }, changes);

  it('is dangerous where a big table is read from end to end in place of an index that the migration dropped', () => {
    const definition = 'CREATE INDEX orders_customer ON public.orders USING btree (customer_id)';
    const result = afterwards({
      planChanges: [planChange(BEFORE, plan(2_100, ['Seq Scan', 'orders']))],
      schemaChanges: [
        {
          change: 'removed',
          fact: { kind: 'index', relation: 'orders', name: 'orders_customer', definition },
        },
      ],
    });
    expect(only(result, 'plan-changed')).toMatchObject({
      severity: 'danger',
      relation: 'orders',
      title: 'a query of order_page reads all of orders now, where it used an index before',
      evidence: [
        'SELECT * FROM orders WHERE customer_id = $1',
        'planned before: Bitmap Heap Scan of orders → Bitmap Index Scan (orders_customer), cost 8',
        'planned after: Seq Scan of orders, cost 2,100 (250.0 ×)',
      ],
      estimate: 'it reads 100,000 rows of orders at scale 0.002 → 50,000,000 at scale 1',
      safer: expect.stringContaining(
        'CREATE INDEX CONCURRENTLY orders_customer ON public.orders USING btree (customer_id);',
      ) as string,
    });
  });

  it('is a warning where it is only dearer, and says how to refresh the statistics', () => {
    const finding = only(changed(plan(30, ['Index Scan', 'orders', 'orders_pkey'])), 'plan-changed');
    expect(finding).toMatchObject({ severity: 'warning', estimate: undefined });
    expect(finding.safer).toContain('ANALYZE "orders";');
  });

  it('is an information where the statement alone is no slower, unless it reads a table from end to end', () => {
    const none = alone({ verdict: 'no-difference' });
    const dearer = changed(plan(30, ['Index Scan', 'orders', 'orders_pkey']), none);
    expect(only(dearer, 'plan-changed').severity).toBe('info');
    const scanned = changed(plan(2_100, ['Seq Scan', 'orders']), none);
    expect(only(scanned, 'plan-changed').severity).toBe('danger');
    expect(
      only(changed(plan(2_100, ['Seq Scan', 'orders']), alone()), 'plan-changed').evidence.at(-1),
    ).toContain('takes 2 ms alone where it took 0.2 ms');
  });

  it('is none where it costs no multiple, also of a scan; at scale 1 it does where the index is gone', () => {
    const scanned = plan(8.4, ['Seq Scan', 'orders']);
    expect(found(changed(scanned), 'plan-changed')).toEqual([]);
    const fact = { kind: 'index' as const, relation: 'orders', name: 'orders_customer', definition: '' };
    const lost = {
      planChanges: [planChange(BEFORE, scanned)],
      schemaChanges: [{ change: 'removed' as const, fact }],
    };
    expect(found(afterwards(lost), 'plan-changed')).toHaveLength(1);
    const atFullScale = { dataset: { ...resultOf().dataset, scale: 1 } };
    expect(found(afterwards(lost, atFullScale), 'plan-changed')).toEqual([]);
  });

  it('is an information on tables that the migration did not touch', () => {
    const dearer = plan(2_100, ['Seq Scan', 'customers']);
    const before = plan(8.4, ['Index Scan', 'customers', 'customers_pkey']);
    const finding = only(afterwards({ planChanges: [planChange(before, dearer)] }), 'plan-changed');
    expect(finding).toMatchObject({ severity: 'info', safer: undefined });
    expect(finding.evidence.at(-1)).toContain('the migration changed none of its tables');
  });

  it('is none where the new plan is as good, the table is small, or there is no plan any more', () => {
    expect(found(changed(plan(9, ['Index Scan', 'orders', 'orders_new'])), 'plan-changed')).toEqual([]);
    const small = {
      relations: [relation('orders', 10)],
      dataset: { ...resultOf().dataset, rows: {}, scale: 1 },
    };
    expect(found(changed(plan(9, ['Seq Scan', 'orders']), small), 'plan-changed')).toEqual([]);
    expect(found(afterwards({ planChanges: [planChange(BEFORE, undefined)] }), 'plan-changed')).toEqual([]);
  });
});

describe('index-unused', () => {
  const used = (index: Partial<NewIndex>, reads = 400): Result =>
    afterwards({
      newIndexes: [newIndex(index)],
      activity: [
        activity('recovery', [
          table('orders', { indexScans: reads, inserted: 20, updated: 15, hotUpdated: 5 }),
        ]),
      ],
    });

  it('names the index, what passed it by and what keeping it costs', () => {
    expect(only(used({}), 'index-unused')).toMatchObject({
      severity: 'warning',
      relation: 'orders',
      title: 'no query of the traffic used the new index orders_status on orders',
      evidence: [
        '400 scans of orders after the migration, none of them by orders_status',
        '30 writes to orders had to keep it up to date',
        newIndex().definition,
      ],
      safer: expect.stringContaining('DROP INDEX CONCURRENTLY "orders_status";') as string,
    });
  });

  it('tells what the statements did when they were tried alone', () => {
    const evidence = (changes: Parameters<typeof alone>[0]) =>
      only({ ...used({}), ...alone(changes) }, 'index-unused').evidence;
    expect(evidence({})).toContain('tried alone, no statement of the traffic uses it (1 tried)');
    expect(evidence({ newIndexesUsed: ['orders_status'] })).toContain(
      'tried alone, a query of order_page uses it: SELECT * FROM orders WHERE customer_id = $1',
    );
  });

  it.each<[string, Partial<NewIndex>, number]>([
    ['was scanned', { scans: 1 }, 400],
    ['keeps rows unique', { unique: true }, 400],
    ['backs a constraint', { constraint: 'orders_excl' }, 400],
    ['is invalid, which is another finding', { valid: false }, 400],
    ['is on a table that hardly anybody read', {}, 20],
  ])('is none where the index %s', (_, index, reads) => {
    expect(found(used(index, reads), 'index-unused')).toEqual([]);
  });
});

describe('hot-updates-lost', () => {
  const updates = (
    before: readonly [number, number],
    after: readonly [number, number],
    index: Partial<NewIndex> = {},
  ) =>
    afterwards({
      newIndexes: [newIndex({ scans: 5, ...index })],
      updatedColumns: [{ relation: 'orders', columns: ['status', 'total'] }],
      activity: [
        activity('baseline', [table('orders', { updated: before[0], hotUpdated: before[1] })]),
        activity('recovery', [table('orders', { updated: after[0], hotUpdated: after[1] })]),
      ],
    });

  it('tells both shares and which index covers what the traffic updates', () => {
    const finding = only(updates([1_000, 940], [800, 0]), 'hot-updates-lost');
    expect(finding).toMatchObject({
      severity: 'warning',
      relation: 'orders',
      evidence: [
        '94 % of 1,000 updates were heap-only before, 0 % of 800 after',
        'orders_status covers status, which the traffic updates',
        expect.any(String),
      ],
    });
    expect(finding.title).toContain('since orders_status');
    expect(finding.safer).toContain('ALTER TABLE "orders" SET (fillfactor = 85);');
  });

  it('is none within the noise, with too few updates, without an index, and for BRIN', () => {
    expect(found(updates([1_000, 940], [800, 700]), 'hot-updates-lost')).toEqual([]);
    expect(found(updates([60, 30], [60, 22]), 'hot-updates-lost')).toEqual([]);
    expect(found(updates([40, 40], [40, 0]), 'hot-updates-lost')).toEqual([]);
    expect(found(updates([1_000, 940], [800, 0], { relation: 'items' }), 'hot-updates-lost')).toEqual([]);
    expect(found(updates([1_000, 940], [800, 0], { method: 'brin' }), 'hot-updates-lost')).toEqual([]);
  });
});

describe('wal-heavy', () => {
  /** Megabytes of both phases; the migration itself took half a second. */
  const wal = (before: number, during: number, scale = 0.01): Result =>
    afterwards(
      { activity: [activity('baseline', [], before), activity('migration', [], during)] },
      { dataset: { ...resultOf().dataset, scale } },
    );

  it('is what the migration wrote beyond the traffic, a second and in all, at scale 1 too', () => {
    expect(only(wal(5, 105), 'wal-heavy')).toMatchObject({
      severity: 'warning',
      title: 'the migration wrote 100 MB of WAL, 400 times as fast as the traffic alone',
      evidence: ['100 MB in 500 ms: 200 MB/s beyond the 512 kB/s of the traffic'],
      estimate: '100 MB at scale 0.01 → about 9.8 GB at scale 1, linear in rows',
    });
    expect(only(wal(5, 105, 1), 'wal-heavy')).toMatchObject({ severity: 'info', estimate: undefined });
  });

  it('is none where it is little, also at scale 1, or no multiple of the traffic', () => {
    expect(found(wal(5, 5.5), 'wal-heavy')).toEqual([]);
    expect(found(wal(5, 35, 1), 'wal-heavy')).toEqual([]);
    expect(found(wal(5_000, 5_100), 'wal-heavy')).toEqual([]);
    expect(found(resultOf(), 'wal-heavy')).toEqual([]);
  });
});

describe('autovacuum-cancelled', () => {
  it('is one for each table, with the way to look first and to vacuum afterwards', () => {
    const cancelled = { relation: 'sales.orders', work: 'vacuum', source: 'log' } as const;
    const result = afterwards({
      autovacuumCancelled: [cancelled, cancelled, { relation: 'items', work: 'analyze', source: 'observed' }],
    });
    const [first, second] = found(result, 'autovacuum-cancelled');
    expect(first).toMatchObject({ severity: 'warning', relation: 'sales.orders' });
    expect(first?.evidence[0]).toBe('the server cancelled its automatic vacuum of sales.orders 2 times');
    expect(first?.safer).toContain('VACUUM (ANALYZE) "sales"."orders";');
    expect(second?.evidence[0]).toContain('waited behind the automatic analyze of items');
  });
});

describe('not-rerunnable', () => {
  it('tells what the second run did', () => {
    const rerun = rerunOf({
      outcome: 'changed',
      changes: [
        {
          change: 'added',
          fact: { kind: 'index', relation: 'orders', name: 'orders_a_idx1', definition: 'CREATE INDEX …' },
        },
      ],
      rows: [{ relation: 'settings', inserted: 1_200, updated: 0, deleted: 3 }],
      rewritten: ['orders'],
    });
    expect(only(resultOf({ rerun }), 'not-rerunnable')).toMatchObject({
      severity: 'warning',
      evidence: [
        'added the index orders_a_idx1 on orders: CREATE INDEX …',
        'settings: 1,200 rows inserted, 0 updated, 3 deleted',
        'wrote orders anew',
      ],
    });
  });

  it('is dangerous where it stopped half-way', () => {
    const leftovers = [{ kind: 'invalid-index', name: 'orders_a', relation: 'orders' }] as const;
    const rerun = rerunOf({ outcome: 'left-half-done', error: 'relation exists', step: 0, leftovers });
    expect(only(resultOf({ rerun }), 'not-rerunnable')).toMatchObject({
      severity: 'danger',
      step: 0,
      evidence: ['failed: relation exists', 'left behind: invalid-index orders_a'],
    });
  });

  it('is none where nothing changed, or it failed cleanly', () => {
    expect(findingsOf(resultOf({ rerun: rerunOf({}) }))).toEqual([]);
    expect(
      findingsOf(resultOf({ rerun: rerunOf({ outcome: 'failed-cleanly', error: 'x', step: 0 }) })),
    ).toEqual([]);
  });
});
