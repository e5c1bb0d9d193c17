import { describe, expect, it } from 'vitest';

import { findingsOf } from '#rooms/findings/index.js';
import type { StepResult } from '#rooms/result/index.js';

import {
  lock,
  migration,
  newTable,
  resultOf,
  REWRITE,
  statement,
  step,
  table,
  NO_IMPACT,
} from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

describe('table-rewrite', () => {
  const rewrite = (working: number, changes: Partial<StepResult> = {}, rows = 100_000): StepResult =>
    step(
      [
        statement('ALTER TABLE orders ADD COLUMN tracking_id uuid NOT NULL DEFAULT gen_random_uuid()', {
          working,
          locks: [lock('orders', 'AccessExclusiveLock', working)],
          rewritten: [{ relation: 'orders', megabytes: 12, rows }],
        }),
      ],
      changes,
    );

  it('tells what was held, who waited, and the safer way in SQL for this very table', () => {
    expect(only(REWRITE, 'table-rewrite')).toMatchObject({
      severity: 'danger',
      step: 0,
      relation: 'orders',
      evidence: [
        'held AccessExclusiveLock on orders for 6.9 s, rewrote orders (212 MB)',
        '1,904 of 2,310 arrivals waited for it, the longest 6.9 s; nothing completed for 6.8 s',
      ],
      safer: [
        'add the column without a default, set the default for new rows, backfill the old rows in batches',
        'ALTER TABLE orders ADD COLUMN tracking_id uuid;',
        'ALTER TABLE orders ALTER COLUMN tracking_id SET DEFAULT gen_random_uuid();',
        'UPDATE orders SET tracking_id = gen_random_uuid() WHERE tracking_id IS NULL;  -- in batches by key: a step of kind backfill',
      ].join('\n'),
    });
  });

  it('is the only finding about its lock and its scan', () => {
    expect(findingsOf(REWRITE).map(({ id }) => id)).toEqual(['table-rewrite']);
  });

  it('a short one at a small scale is dangerous for what it would take at scale 1', () => {
    expect(only(migrated(rewrite(90)), 'table-rewrite')).toMatchObject({
      severity: 'danger',
      estimate: 'blocked for 90 ms at scale 0.002 → about 45 s at scale 1 (90 ms × 500, linear in rows)',
    });
  });

  it('of partitions is one of their table, as large as all of them', () => {
    const name = 'events';
    const partitioned = { count: 2, names: ['events_1', 'events_2'], hasDefault: false };
    const whole = table(name, 90_000);
    const relations = [{ ...whole, before: { ...whole.before!, partitioned } }];
    const parts = ['events_1', 'events_2'];
    const add = statement('ALTER TABLE events ADD COLUMN x float DEFAULT random()', {
      working: 90,
      locks: [
        lock(name, 'AccessExclusiveLock', 90),
        ...parts.map((part) => lock(part, 'AccessExclusiveLock', 90)),
      ],
      rewritten: parts.map((relation) => ({ relation, megabytes: 12, rows: 45_000 })),
    });
    const finding = only(resultOf({ relations, migration: migration(step([add])) }), 'table-rewrite');
    expect(finding).toMatchObject({ severity: 'danger', relation: name });
    expect(finding.evidence[0]).toContain('rewrote events (24 MB)');
  });

  it('one at full scale that nobody noticed is measured by itself, without an estimate', () => {
    const dataset = { ...resultOf().dataset, scale: 1 };
    const finding = only(resultOf({ dataset, migration: migration(rewrite(90)) }), 'table-rewrite');
    expect(finding).toMatchObject({ severity: 'info', estimate: undefined });
  });

  it('one of too few rows, or too short, says that it proves nothing', () => {
    const dataset = { ...resultOf().dataset, rows: {} };
    const few = resultOf({
      dataset,
      relations: [table('orders', 20)],
      migration: migration(rewrite(90, {}, 20)),
    });
    expect(only(few, 'table-rewrite').estimate).toMatch(/20 rows at scale 0.002: too little to tell/);
    expect(only(few, 'table-rewrite').severity).toBe('warning');
    expect(only(migrated(rewrite(1)), 'table-rewrite').severity).toBe('warning');
  });

  it('is a warning where a hundred arrivals came meanwhile and none needed the table', () => {
    expect(
      only(migrated(rewrite(2_000, { impact: { ...NO_IMPACT, arrivals: 300 } })), 'table-rewrite').severity,
    ).toBe('warning');
    expect(
      only(migrated(rewrite(2_000, { impact: { ...NO_IMPACT, arrivals: 30 } })), 'table-rewrite').severity,
    ).toBe('danger');
  });

  it('does not count tables that the migration created, nor TRUNCATE', () => {
    expect(
      findingsOf(resultOf({ relations: [newTable('orders')], migration: migration(rewrite(500)) })),
    ).toEqual([]);
    const truncate = step([
      statement('TRUNCATE orders', { rewritten: [{ relation: 'orders', megabytes: 0, rows: 0 }] }),
    ]);
    expect(found(migrated(truncate), 'table-rewrite')).toEqual([]);
  });
});

describe('scan-under-lock', () => {
  const FOREIGN_KEY = 'ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders (id)';
  const relations = [table('orders'), table('order_items', 300_000)];
  const foreignKey = step([
    statement(FOREIGN_KEY, {
      working: 40,
      locks: [lock('order_items', 'ShareRowExclusiveLock', 41), lock('orders', 'ShareRowExclusiveLock', 41)],
      scanned: [
        { relation: 'order_items', megabytes: 20, rows: 300_000 },
        { relation: 'orders', megabytes: 12, rows: 100_000 },
      ],
    }),
  ]);

  it('names the largest table that was read, and what was blocked meanwhile', () => {
    expect(only(resultOf({ relations, migration: migration(foreignKey) }), 'scan-under-lock')).toMatchObject({
      severity: 'danger',
      relation: 'order_items',
      title: 'all of order_items (20 MB) was read while writes to order_items and orders were blocked',
      evidence: [
        'held ShareRowExclusiveLock on order_items and orders for 41 ms, read all of order_items (20 MB), read all of orders (12 MB)',
        'none of 40 arrivals waited for it',
      ],
      estimate: 'blocked for 40 ms at scale 0.002 → about 20 s at scale 1 (40 ms × 500, linear in rows)',
      safer: [
        'add the constraint NOT VALID, then validate it in a transaction of its own, which lets reads and writes go on',
        'ALTER TABLE order_items ADD CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;',
        'ALTER TABLE order_items VALIDATE CONSTRAINT order_items_order_id_fkey;',
      ].join('\n'),
    });
  });

  it('a scan under a lock that blocks neither reads nor writes is none', () => {
    const validate = step([
      statement('ALTER TABLE order_items VALIDATE CONSTRAINT fk', {
        working: 5_000,
        locks: [
          lock('order_items', 'ShareUpdateExclusiveLock', 5_000),
          lock('orders', 'RowShareLock', 5_000),
        ],
        scanned: [{ relation: 'order_items', megabytes: 20, rows: 300_000 }],
      }),
    ]);
    expect(findingsOf(resultOf({ relations, migration: migration(validate) }))).toEqual([]);
  });

  it('a lock that an earlier statement of the transaction left in force counts', () => {
    const together = step([
      statement('ALTER TABLE orders ADD COLUMN note text', {
        startedAt: 10_000,
        locks: [lock('orders', 'AccessExclusiveLock', 900)],
      }),
      statement("UPDATE orders SET note = ''", {
        startedAt: 10_001,
        working: 899,
        locks: [lock('orders', 'RowExclusiveLock', 899)],
        scanned: [{ relation: 'orders', megabytes: 12, rows: 100_000 }],
      }),
    ]);
    const result = migrated(together);
    expect(only(result, 'scan-under-lock').title).toBe(
      'all of orders (12 MB) was read while reads and writes of orders were blocked',
    );
    expect(only(result, 'lock-held')).toMatchObject({
      title:
        'reads and writes of orders stayed blocked for 899 ms after the statement that had locked it was done',
      safer: expect.stringContaining('commit right after this statement') as string,
    });
  });

  it('is all that is said of its lock, beside what kept it', () => {
    expect(findingsOf(REWRITE).map(({ id }) => id)).not.toContain('reads-blocked');
  });

  it('a scan after the lock was given back is none', () => {
    const apart = step([
      statement('ALTER TABLE orders ADD COLUMN note text', {
        locks: [lock('orders', 'AccessExclusiveLock', 2)],
      }),
      statement("UPDATE orders SET note = ''", {
        startedAt: 10_010,
        working: 900,
        scanned: [{ relation: 'orders', megabytes: 12, rows: 100_000 }],
      }),
    ]);
    expect(findingsOf(migrated(apart))).toEqual([]);
  });

  it.each([
    [
      'CREATE UNIQUE INDEX orders_ref ON orders (ref)',
      'CREATE UNIQUE INDEX CONCURRENTLY orders_ref ON orders (ref);',
    ],
    [
      'ALTER TABLE orders ALTER total SET NOT NULL',
      'ALTER TABLE orders ADD CONSTRAINT "total_not_null" NOT NULL total NOT VALID;',
    ],
    [
      'ALTER TABLE orders ADD CHECK (total > 0)',
      'ALTER TABLE orders ADD CONSTRAINT orders_check CHECK (total > 0) NOT VALID;',
    ],
    [
      'ALTER TABLE "Orders" ADD CONSTRAINT u UNIQUE (ref)',
      'CREATE UNIQUE INDEX CONCURRENTLY u ON "Orders" (ref);',
    ],
    ['ALTER TABLE orders ALTER id TYPE bigint', 'add a new column of the new type'],
    ['ALTER TABLE orders ADD COLUMN n bigserial', 'add a plain column'],
    ['VACUUM FULL orders', 'rebuild orders online with pg_repack'],
  ])('%s has a safer way', (text, safer) => {
    const work = {
      working: 90,
      locks: [lock('orders', 'ShareLock', 90)],
      scanned: [{ relation: 'orders', megabytes: 12, rows: 100_000 }],
    };
    expect(only(migrated(step([statement(text, work)])), 'scan-under-lock').safer).toContain(safer);
  });
});
