import { describe, expect, it } from 'vitest';

import { lockWaitEndOf, parseLockLog } from '#rooms/postgres/index.js';

describe('a message of log_lock_waits', () => {
  it.each([
    ['still waiting for', 'still-waiting'],
    ['acquired', 'acquired'],
    ['failed to acquire', 'gave-up'],
    ['detected deadlock while waiting for', 'deadlock'],
  ])('%s', (words, kind) => {
    expect(
      parseLockLog(
        `process 12 ${words} AccessExclusiveLock on relation 16385 of database 5 after 1000.101 ms`,
      ),
    ).toEqual({
      kind,
      pid: 12,
      mode: 'AccessExclusiveLock',
      lockType: 'relation',
      relation: 16_385,
      waited: 1_000.101,
    });
  });

  it('of a queue that was put in another order is one of a wait that goes on', () => {
    const message =
      'process 7 avoided deadlock for ShareLock on transaction 744 by rearranging queue order after 100.5 ms';
    expect(parseLockLog(message)).toMatchObject({
      kind: 'still-waiting',
      lockType: 'transactionid',
      waited: 100.5,
    });
  });

  it.each([
    ['relation 5 of database 1', 'relation', 5],
    ['extension of relation 5 of database 1', 'extend', 5],
    ['page 3 of relation 5 of database 1', 'page', 5],
    ['tuple (0,12) of relation 5 of database 1', 'tuple', 5],
    ['transaction 744', 'transactionid', undefined],
    ['virtual transaction 3/9', 'virtualxid', undefined],
    ['object 16 of class 2606 of database 1', 'object', undefined],
    ['advisory lock [5,0,1,1]', 'advisory', undefined],
    ['something that is not known yet', 'other', undefined],
  ])('on %s', (target, lockType, relation) => {
    expect(parseLockLog(`process 1 acquired ShareLock on ${target} after 0.5 ms`)).toMatchObject({
      lockType,
      relation,
    });
  });

  it.each([
    'statement: SELECT 1',
    'I said: process 12 acquired ShareLock on transaction 744 after 1500.5 ms',
    'process 12 acquired ShareLock on transaction 744',
  ])('is none: %s', (message) => {
    expect(parseLockLog(message)).toBeUndefined();
  });
});

it.each([
  ['55P03', 'lock-timeout'],
  ['40P01', 'deadlock'],
  ['57014', 'cancelled'],
  [undefined, 'connection-lost'],
])('the error %s ends a wait as %s', (state, end) => {
  expect(lockWaitEndOf(state)).toBe(end);
});
