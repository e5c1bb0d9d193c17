import { describe, expect, it } from 'vitest';

import { findingsOf } from '#rooms/findings/index.js';
import type { Result, StatementResult, StepResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  impact,
  lock,
  migration,
  resultOf,
  session,
  statement,
  step,
  table,
  wait,
} from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

const byMigration = session('migration', 'step');

describe('reads-blocked', () => {
  const altered = (mode: 'AccessExclusiveLock' | 'ExclusiveLock', held = 1_500): Result =>
    migrated(
      step(
        [
          statement('ALTER TABLE orders SET SCHEMA sales', {
            working: held,
            locks: [lock('orders', mode, held)],
          }),
        ],
        { impact: impact(40, 600, held) },
      ),
    );

  it('is what AccessExclusiveLock does, and weaker ones are writes-blocked', () => {
    expect(only(altered('AccessExclusiveLock'), 'reads-blocked')).toMatchObject({
      severity: 'danger',
      title: 'reads and writes of orders were blocked for 1.5 s',
    });
    expect(found(altered('AccessExclusiveLock'), 'writes-blocked')).toEqual([]);
    expect(only(altered('ExclusiveLock'), 'writes-blocked').severity).toBe('danger');
    expect(found(altered('ExclusiveLock'), 'reads-blocked')).toEqual([]);
    expect(found(altered('AccessExclusiveLock', 90), 'reads-blocked')).toEqual([]);
  });

  const reindexed = (duration: number, changes = {}): Result =>
    resultOf({
      migration: migration(
        step([
          statement('REINDEX INDEX orders_pkey', {
            working: 1_600,
            locks: [lock('orders', 'ShareLock', 1_600)],
            scanned: [{ relation: 'orders', megabytes: 12, rows: 100_000 }],
          }),
        ]),
      ),
      lockWaits: [wait({ for: duration, relation: 'orders_pkey', mode: 'AccessShareLock', ...changes })],
    });

  it('counts what the traffic suffered from the lock on an index, beside the scan that says only writes', () => {
    expect(only(reindexed(1_500), 'reads-blocked')).toMatchObject({
      severity: 'danger',
      relation: 'orders',
      title: 'reads of orders were blocked for 1.5 s by the lock on its index orders_pkey',
      safer: expect.stringContaining('REINDEX INDEX CONCURRENTLY orders_pkey;') as string,
    });
    expect(only(reindexed(1_500), 'scan-under-lock').title).toContain('writes to orders were blocked');
  });

  it('is none where writers waited, somebody else was to blame, or nobody waited for long', () => {
    expect(found(reindexed(1_500, { mode: 'RowExclusiveLock' }), 'reads-blocked')).toEqual([]);
    expect(found(reindexed(1_500, { root: session('actor', 'report') }), 'reads-blocked')).toEqual([]);
    expect(found(reindexed(90), 'reads-blocked')).toEqual([]);
  });
});

describe('writes-blocked by row locks', () => {
  const updated = (duration: number, changes = {}): Result =>
    resultOf({
      migration: migration(
        step([
          statement("UPDATE orders SET note = '' WHERE note IS NULL", {
            working: 2_000,
            locks: [lock('orders', 'RowExclusiveLock', 2_000)],
          }),
        ]),
      ),
      lockWaits: [
        wait({ for: duration, lockType: 'transactionid', relation: '', mode: 'ShareLock', ...changes }),
        wait({ for: 60, lockType: 'tuple', mode: 'ExclusiveLock' }),
      ],
    });

  it('names the table, and gives the batch', () => {
    expect(only(updated(1_400), 'writes-blocked')).toMatchObject({
      severity: 'danger',
      relation: 'orders',
      title: 'writes to rows of orders that the migration had changed were blocked for 1.4 s',
      safer: expect.stringContaining('WHERE note IS NULL LIMIT 2000') as string,
    });
    expect(only(updated(300), 'writes-blocked').severity).toBe('warning');
  });

  it('is none behind another root, of another waiter, or below 100 ms', () => {
    expect(found(updated(1_400, { root: session('traffic') }), 'writes-blocked')).toEqual([]);
    expect(found(updated(1_400, { waiter: byMigration }), 'writes-blocked')).toEqual([]);
    expect(found(updated(99), 'writes-blocked')).toEqual([]);
  });
});

describe('lock-held', () => {
  const kept = (rest: readonly StatementResult[], held: number, changes: Partial<StepResult> = {}): Result =>
    migrated(
      step(
        [
          statement('ALTER TABLE orders ADD COLUMN note text', {
            working: 5,
            locks: [lock('orders', 'AccessExclusiveLock', held)],
          }),
          ...rest,
        ],
        changes,
      ),
    );

  it('says which statements ran while the lock was kept', () => {
    const later = statement('SELECT refresh()', { startedAt: 10_005, working: 900 });
    const finding = only(kept([later], 910), 'lock-held');
    expect(finding.evidence).toContain('meanwhile 1 further statement ran: SELECT refresh() (900 ms)');
    expect(finding.safer).toContain('ALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\nSELECT refresh();');
  });

  it('says how long a command idled, as severe as what the traffic suffered', () => {
    const idle = kept([], 2_005, { kind: 'command', impact: impact(90, 200, 1_900) });
    expect(only(idle, 'lock-held')).toMatchObject({ severity: 'danger', relation: 'orders' });
    expect(only(idle, 'lock-held').evidence).toContain('its session idled in the transaction for 2 s');
    expect(only(idle, 'reads-blocked').severity).toBe('danger');
  });

  it('is none where the transaction ended with its statement', () => {
    expect(found(kept([], 60), 'lock-held')).toEqual([]);
  });

  it('is none where only COMMIT followed, and took less time than the statement', () => {
    const cluster = (rest: number): Result =>
      migrated(
        step([
          statement('CLUSTER orders', {
            working: 900,
            locks: [lock('orders', 'AccessExclusiveLock', 900 + rest)],
          }),
        ]),
      );
    expect(found(cluster(150), 'lock-held')).toEqual([]);
    expect(only(cluster(950), 'lock-held').safer).toContain('COMMIT');
  });

  it('is as severe as the time after the statement, not as its whole hold', () => {
    const later = statement('SELECT 1', { startedAt: 11_500, working: 150 });
    const first = statement('ALTER TABLE orders ADD COLUMN note text', {
      working: 1_500,
      locks: [lock('orders', 'AccessExclusiveLock', 1_650)],
    });
    const result = migrated(step([first, later], { impact: impact(90, 1_600, 1_500) }));
    expect(only(result, 'lock-held').severity).toBe('warning');
  });

  it('alone tells of a lock that nobody met', () => {
    const ids = findingsOf(kept([], 900)).map(({ id }) => id);
    expect(ids).toEqual(['lock-held']);
  });
});

describe('other-table-locked', () => {
  const relations = [table('orders'), table('order_items'), table('customers')];
  const locked = (
    text: string,
    locks: readonly (readonly [string, 'ShareRowExclusiveLock' | 'AccessExclusiveLock'])[],
    changes: Partial<Result> = {},
  ): Result =>
    resultOf({
      relations,
      migration: migration(
        step([statement(text, { working: 400, locks: locks.map(([name, mode]) => lock(name, mode, 400)) })]),
      ),
      ...changes,
    });
  const SRE = 'ShareRowExclusiveLock';
  const AEL = 'AccessExclusiveLock';

  it.each([
    ['ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders NOT VALID', SRE],
    ['ALTER TABLE order_items DROP CONSTRAINT order_items_order_id_fkey', AEL],
    ['DROP TABLE order_items', AEL],
    ['CREATE TABLE order_notes (order_id bigint REFERENCES orders)', SRE],
    ['ALTER TABLE order_items ALTER COLUMN order_id TYPE bigint', AEL],
    ['TRUNCATE order_items CASCADE', AEL],
    ['DROP SCHEMA old CASCADE', AEL],
  ] as const)('%s locks orders, which it is not about', (text, mode) => {
    const finding = only(
      locked(
        text,
        [
          ['order_items', mode],
          ['orders', mode],
        ].filter(([name]) => name === 'orders' || text.includes(name!)) as [string, typeof mode][],
      ),
      'other-table-locked',
    );
    expect(finding).toMatchObject({ severity: 'info', relation: 'orders' });
    expect(finding.evidence).toContain('no request of the traffic was seen waiting for orders');
  });

  it('is as severe as what the traffic on that table suffered', () => {
    const text = 'DROP TABLE order_items';
    const waits = (relation: string): Partial<Result> => ({
      lockWaits: [wait({ for: 1_200, relation, mode: 'AccessShareLock' })],
    });
    const severity = (relation: string): string =>
      only(
        locked(
          text,
          [
            ['order_items', AEL],
            ['orders', AEL],
          ],
          waits(relation),
        ),
        'other-table-locked',
      ).severity;
    expect(severity('orders')).toBe('danger');
    expect(severity('order_items')).toBe('info');
  });

  it('or as at scale 1, where the statement reads a table meanwhile', () => {
    const work = {
      working: 40,
      locks: [lock('order_items', SRE, 40), lock('orders', SRE, 40)],
      scanned: [{ relation: 'order_items', megabytes: 20, rows: 300_000 }],
    };
    const text = 'ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders';
    const result = resultOf({ relations, migration: migration(step([statement(text, work)])) });
    expect(only(result, 'other-table-locked')).toMatchObject({
      severity: 'danger',
      safer: expect.stringContaining('NOT VALID;') as string,
    });
  });

  it.each([
    'ALTER TABLE orders ADD COLUMN a int',
    'LOCK TABLE customers, orders',
    'DROP TRIGGER a ON orders',
    'DROP INDEX orders_status',
    'DO $$ BEGIN PERFORM 1; END $$',
  ])('%s names it, or may be about it', (text) => {
    expect(found(locked(text, [['orders', AEL]]), 'other-table-locked')).toEqual([]);
  });

  it('takes the place of reads-blocked', () => {
    const result = locked('DROP TABLE order_items', [['orders', AEL]]);
    expect(found(result, 'reads-blocked')).toEqual([]);
  });

  it('a wait of the migration for it is told', () => {
    const locks = [lock('orders', AEL, 5, { waited: 700, grantedAt: ms(10_700) })];
    const result = resultOf({
      relations,
      migration: migration(step([statement('DROP TABLE order_items', { waiting: 700, locks })])),
    });
    expect(only(result, 'other-table-locked').evidence).toContain(
      'it waited 700 ms for orders itself, with the traffic behind it',
    );
  });
});
