import { describe, expect, it } from 'vitest';

import type { LockTaken, Result, StatementResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { aftermathOf } from '../result/aftermath.ts';
import { lock, migration, resultOf, session, statement, step, wait } from '../result/sample.ts';
import { found, only } from './expecting.ts';

const taken = (relation: string, mode: LockTaken['mode'], text: string): LockTaken => ({
  relation,
  mode,
  statement: text,
});

const PAY: readonly LockTaken[] = [
  taken('orders', 'RowExclusiveLock', 'UPDATE orders SET paid = true WHERE id = $1'),
  taken('payments', 'RowExclusiveLock', 'INSERT INTO payments (order_id) VALUES ($1)'),
];
const LOOK: readonly LockTaken[] = [
  taken('payments', 'AccessShareLock', 'SELECT 1 FROM payments'),
  taken('orders', 'AccessShareLock', 'SELECT 1 FROM orders'),
];

/** One of the transaction of the step that has this number. */
const inTransaction = (
  transaction: number,
  text: string,
  locks: StatementResult['locks'],
): StatementResult => ({
  ...statement(text, { locks }),
  transaction,
});

const ADD_KEY = 'ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders';
/** As the lock table lists them: in no order. */
const KEY_LOCKS = [
  lock('orders', 'ShareRowExclusiveLock', 100),
  lock('payments', 'ShareRowExclusiveLock', 100),
];

function under(
  traffic: Readonly<Record<string, readonly LockTaken[]>>,
  ...statements: readonly StatementResult[]
): Result {
  return resultOf({
    migration: migration(step(statements)),
    aftermath: aftermathOf({
      transactionLocks: Object.entries(traffic).map(([transaction, way]) => ({
        workload: 'main',
        transaction,
        ways: [way],
      })),
    }),
  });
}

describe('lock-order-inversion', () => {
  it('names both orders with their statements, without any deadlock', () => {
    const finding = only(
      under({ pay: PAY, look: LOOK }, inTransaction(1, ADD_KEY, KEY_LOCKS)),
      'lock-order-inversion',
    );
    expect(finding).toMatchObject({
      severity: 'warning',
      step: 0,
      title: 'the migration and pay can deadlock: they lock payments and orders in opposite order',
    });
    expect(finding.evidence.slice(0, 2)).toEqual([
      'the migration locks payments first (ShareRowExclusiveLock), then orders (ShareRowExclusiveLock), both in ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES …',
      'pay locks orders first (RowExclusiveLock: UPDATE orders SET paid = true WHERE id = $1), then payments (RowExclusiveLock: INSERT INTO payments (order_id) VALUES ($1))',
    ]);
    expect(finding.safer).toContain(
      'LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;\nLOCK TABLE payments IN SHARE ROW EXCLUSIVE MODE;',
    );
  });

  it('is silent where the orders agree, or the modes let both through', () => {
    const ordered = [taken('payments', 'RowExclusiveLock', 'a'), taken('orders', 'RowExclusiveLock', 'b')];
    expect(found(under({ ordered }, inTransaction(1, ADD_KEY, KEY_LOCKS)), 'lock-order-inversion')).toEqual(
      [],
    );
    const reads = LOOK.toReversed();
    expect(found(under({ reads }, inTransaction(1, ADD_KEY, KEY_LOCKS)), 'lock-order-inversion')).toEqual([]);
  });

  it('is of statements that are committed together only', () => {
    const statements = (second: number) => [
      inTransaction(1, 'ALTER TABLE payments ADD a int', [lock('payments', 'AccessExclusiveLock', 50)]),
      inTransaction(second, 'ALTER TABLE orders ADD b int', [
        lock('orders', 'AccessExclusiveLock', 10, { grantedAt: 10_040 }),
      ]),
    ];
    expect(found(under({ pay: PAY }, ...statements(2)), 'lock-order-inversion')).toEqual([]);
    const { safer } = only(under({ pay: PAY }, ...statements(1)), 'lock-order-inversion');
    expect(safer).toContain(
      'BEGIN;\nALTER TABLE payments ADD a int;\nCOMMIT;\nBEGIN;\nALTER TABLE orders ADD b int;\nCOMMIT;',
    );
  });

  it('is of locks that were held together only, whatever a script commits', () => {
    const script = (grantedAt: number) =>
      inTransaction(1, 'BEGIN; ALTER TABLE payments ADD a int; COMMIT; ALTER TABLE orders ADD b int', [
        lock('payments', 'AccessExclusiveLock', 20),
        lock('orders', 'AccessExclusiveLock', 10, { grantedAt }),
      ]);
    expect(found(under({ pay: PAY }, script(10_020)), 'lock-order-inversion')).toEqual([]);
    expect(found(under({ pay: PAY }, script(10_010)), 'lock-order-inversion')).toHaveLength(1);
  });

  it('is also of a lock that the migration never got', () => {
    const failed = {
      ...inTransaction(1, 'ALTER TABLE orders ADD b int', []),
      error: { sqlState: '40P01', message: 'deadlock detected' },
    };
    const payments = inTransaction(1, 'ALTER TABLE payments ADD a int', [
      lock('payments', 'AccessExclusiveLock', 50),
    ]);
    const result = under({ pay: PAY }, payments, failed);
    expect(found(result, 'lock-order-inversion')).toEqual([]);
    const inVain = wait({
      for: 100,
      waiter: session('migration', 'step'),
      mode: 'AccessExclusiveLock',
      end: 'deadlock',
    });
    expect(found({ ...result, lockWaits: [inVain] }, 'lock-order-inversion')).toHaveLength(1);
  });

  it('on one table says to take the strongest lock first', () => {
    const upgrade = [
      taken('orders', 'AccessShareLock', 'SELECT'),
      taken('orders', 'RowExclusiveLock', 'UPDATE'),
    ];
    const result = under(
      { upgrade },
      inTransaction(1, 'CREATE INDEX ON orders (a)', [lock('orders', 'ShareLock', 50)]),
      inTransaction(1, 'ALTER TABLE orders ADD b int', [
        lock('orders', 'AccessExclusiveLock', 10, { grantedAt: 10_040 }),
      ]),
    );
    const { title, safer } = only(result, 'lock-order-inversion');
    expect(title).toContain('can deadlock on orders');
    expect(safer).toContain('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE;');
  });

  it('that fired is a danger, and says how often', () => {
    const result = under({ pay: PAY }, inTransaction(1, ADD_KEY, KEY_LOCKS));
    const side = {
      lockType: 'relation',
      relation: 'orders',
      mode: 'ShareRowExclusiveLock',
      blockedBy: 1,
      cancelled: false,
    };
    const deadlocks = [
      { at: ms(10_100), participants: [{ ...side, session: session('migration', 'step') }] },
    ];
    expect(only({ ...result, deadlocks }, 'lock-order-inversion')).toMatchObject({ severity: 'danger' });
  });

  it('of traffic that takes both orders can only be given way to', () => {
    const other = PAY.toReversed();
    const { safer } = only(
      under({ pay: PAY, other }, inTransaction(1, ADD_KEY, KEY_LOCKS)),
      'lock-order-inversion',
    );
    expect(safer).toContain('no order is safe');
  });
});
