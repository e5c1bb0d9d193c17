import { expect, it } from 'vitest';

import { Account, MOST_STATEMENTS } from '#rooms/migration/witness/account.js';
import { newStatement, type WitnessedStatement } from '#rooms/migration/witness/statement.js';
import { milliseconds as ms } from '#rooms/units.js';

const at = (startedAt: number, text: string, more: Partial<WitnessedStatement> = {}) => ({
  ...newStatement(7, text, ms(startedAt)),
  ...more,
});

it('keeps what changes the schema, fails or takes long when there is too much, in its order', () => {
  const account = new Account();
  account.add(at(1, 'ALTER TABLE t ADD x int'));
  account.add(at(2, 'UPDATE t SET x = 1', { endedAt: ms(5_000) }));
  account.add(at(3, 'SELECT broken', { error: { sqlState: '42703', message: 'no' } }));
  for (let n = 0; n < 3 * MOST_STATEMENTS; n++) account.add(at(10 + n, 'INSERT INTO t VALUES (1)'));
  const { statements, leftOut } = account.result();
  expect(statements).toHaveLength(MOST_STATEMENTS);
  expect(leftOut).toBe(2 * MOST_STATEMENTS + 3);
  expect(statements.slice(0, 3).map(({ startedAt }) => startedAt)).toEqual([1, 2, 3]);
});

it('leaves out what only steers, unless it failed or took long', () => {
  const account = new Account();
  account.add(at(1, 'BEGIN'));
  account.add(at(2, 'SET x = 1', { error: { sqlState: '42704', message: 'no' } }));
  account.add(at(3, 'COMMIT', { endedAt: ms(900) }));
  expect(account.result()).toMatchObject({ statements: [{ startedAt: 2 }, { startedAt: 3 }], leftOut: 0 });
});
