import { describe, expect, it } from 'vitest';

import type { ForeignKey, PlannedStatement } from '#rooms/observer/index.js';
import type { TrafficStep } from '#rooms/plan/index.js';
import { lockWays } from '#rooms/run/lock-ways.js';
import { statementLocks } from '#rooms/run/statement-locks.js';

const BEGIN: TrafficStep = { kind: 'begin', text: 'BEGIN' };
const COMMIT: TrafficStep = { kind: 'commit' };
const query = (text: string): TrafficStep => ({
  kind: 'query',
  text,
  names: [],
  pieces: [text],
  order: [],
  preparable: true,
  capture: [],
  expect: undefined,
  location: { file: 'traffic.yaml', line: 1, path: '' },
});
const either = (...arms: readonly (readonly TrafficStep[])[]): TrafficStep => ({
  kind: 'branch',
  arms: arms.map((steps) => ({ weight: 1, steps })),
});

const PAYMENT: ForeignKey = {
  referencing: 'payments',
  columns: ['order_id'],
  referenced: 'orders',
  keys: ['id'],
  onDelete: 'cascade',
  onUpdate: 'check',
  isDeferred: false,
};
const REFUND: ForeignKey = {
  ...PAYMENT,
  referencing: 'refunds',
  columns: ['payment_id'],
  referenced: 'payments',
  onDelete: 'set',
};

const locks = (text: string, keys: readonly ForeignKey[], planned?: PlannedStatement): readonly string[] =>
  statementLocks(text, planned, keys).now.map(({ relation, mode }) => `${relation} ${mode}`);

const ways = (
  steps: readonly TrafficStep[],
  keys: readonly ForeignKey[] = [],
): readonly (readonly string[])[] =>
  lockWays(steps, ({ text }) => statementLocks(text, undefined, keys)).map((way) =>
    way.map(({ relation, mode }) => `${relation} ${mode.replace('Lock', '')}`),
  );

describe('what a statement locks', () => {
  const keys = [PAYMENT, REFUND];

  it('is also what its foreign keys look at', () => {
    expect(locks('INSERT INTO payments (order_id) VALUES (1)', keys)).toEqual([
      'payments RowExclusiveLock',
      'orders RowShareLock',
    ]);
    expect(locks('UPDATE payments SET amount = 1', keys)).toEqual(['payments RowExclusiveLock']);
    expect(locks('UPDATE payments SET order_id = 1', keys)).toContain('orders RowShareLock');
    expect(locks('UPDATE orders SET id = 1', keys)).toEqual([
      'orders RowExclusiveLock',
      'payments RowShareLock',
    ]);
    expect(locks('UPDATE orders SET total = 1', keys)).toEqual(['orders RowExclusiveLock']);
    expect(locks('DELETE FROM orders', keys)).toEqual([
      'orders RowExclusiveLock',
      'payments RowExclusiveLock',
      'refunds RowExclusiveLock',
    ]);
  });

  it('does not go in circles', () => {
    const tree = { ...PAYMENT, referencing: 'orders', columns: ['parent_id'] };
    expect(locks('DELETE FROM orders', [tree])).toEqual([
      'orders RowExclusiveLock',
      'orders RowExclusiveLock',
    ]);
  });

  it('is also what only its plan shows', () => {
    const statement = {
      workload: 'main',
      transaction: 'sell',
      text: 'UPDATE open_orders SET n = 1',
      width: 0,
      values: [[]],
    };
    const nodes = [
      { depth: 0, type: 'Update', relation: 'orders' },
      { depth: 1, type: 'Seq Scan', relation: 'states' },
      { depth: 2, type: 'Result' },
    ];
    expect(locks(statement.text, [], { kind: 'planned', statement, plans: [{ nodes, cost: 1 }] })).toEqual([
      'open_orders RowExclusiveLock',
      'orders RowExclusiveLock',
      'states AccessShareLock',
    ]);
  });
});

describe('what a transaction locks, in its order', () => {
  const [read, pay, ship] = [
    query('SELECT total FROM orders FOR UPDATE'),
    query('INSERT INTO payments (order_id) VALUES (1)'),
    query('UPDATE orders SET status = 1'),
  ];

  it('goes from BEGIN to COMMIT, each lock once', () => {
    expect(ways([BEGIN, read, pay, ship, ship, COMMIT])).toEqual([
      ['orders RowShare', 'payments RowExclusive', 'orders RowExclusive'],
    ]);
  });

  it('without BEGIN is that of each statement', () => {
    expect(ways([read, pay, ship], [PAYMENT])).toEqual([['payments RowExclusive', 'orders RowShare']]);
  });

  it('is one list for each way', () => {
    expect(ways([BEGIN, either([read, pay], [pay, read]), COMMIT])).toEqual([
      ['orders RowShare', 'payments RowExclusive'],
      ['payments RowExclusive', 'orders RowShare'],
    ]);
    expect(ways([BEGIN, either([pay], []), either([ship], [COMMIT, BEGIN]), COMMIT])).toEqual([
      ['payments RowExclusive', 'orders RowExclusive'],
    ]);
  });

  it('ends with what deferred keys look at, unless it is rolled back', () => {
    const keys = [{ ...PAYMENT, isDeferred: true }];
    const update = query('UPDATE customers SET n = 1');
    expect(ways([BEGIN, pay, update, COMMIT], keys)).toEqual([
      ['payments RowExclusive', 'customers RowExclusive', 'orders RowShare'],
    ]);
    expect(ways([BEGIN, pay, update, { kind: 'rollback' }], keys)).toEqual([
      ['payments RowExclusive', 'customers RowExclusive'],
    ]);
  });

  it('of branches after branches stays readable', () => {
    const steps = Array.from({ length: 12 }, (_, n) => either([query(`TRUNCATE t${n}`)], []));
    expect(ways([BEGIN, ...steps, COMMIT]).length).toBeLessThanOrEqual(64);
  });
});
