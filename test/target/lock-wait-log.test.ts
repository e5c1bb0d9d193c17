import { describe, expect, it } from 'vitest';

import { LockWaitLog } from '#rooms/target/index.js';
import { instant, milliseconds as ms } from '#rooms/units.js';

const ON_ORDERS = 'on relation 16385 of database 5 after';

/** A log whose clock stands where it is set. */
function listening() {
  const clock = {
    at: 1_000,
    now: () => instant(clock.at),
    wallTime: () => 0,
    sleep: () => Promise.resolve(),
  };
  return { clock, log: new LockWaitLog(clock) };
}

const waits = (log: LockWaitLog) => log.take(instant(0));

it('a deadlock that was heard behind a pooler has the victim that its detail begins with', () => {
  const { log } = listening();
  const detail =
    'Process 41 waits for ShareLock on transaction 7; blocked by process 42.\nProcess 42 waits for ShareLock on transaction 8; blocked by process 41.';
  log.failed(undefined, '40P01', { statement: 'UPDATE a', detail });
  expect(log.deadlocks(instant(0))).toMatchObject([{ pid: 41, statement: 'UPDATE a', detail }]);
});

describe('a lock wait', () => {
  it('that is granted lasted as long as the server says', () => {
    const { clock, log } = listening();
    clock.at = 1_100;
    expect(log.heard(`process 12 still waiting for ShareLock ${ON_ORDERS} 100.001 ms`)).toBe(true);
    clock.at = 3_007;
    log.heard(`process 12 acquired ShareLock ${ON_ORDERS} 2003.115 ms`);
    expect(waits(log)).toEqual([
      {
        pid: 12,
        mode: 'ShareLock',
        lockType: 'relation',
        relation: 16_385,
        startedAt: ms(1_100 - 100.001),
        duration: 2_003.115,
        end: 'granted',
      },
    ]);
  });

  it('that ends in an error lasts until it came', () => {
    const { clock, log } = listening();
    log.heard(`process 12 still waiting for ShareLock ${ON_ORDERS} 100.000 ms`);
    clock.at = 1_400;
    log.failed(13, '55P03');
    log.failed(12, '55P03');
    log.failed(12, '40P01');
    expect(waits(log)).toMatchObject([{ pid: 12, duration: 500, end: 'lock-timeout' }]);
  });

  it('that nobody saw the end of lasts until now', () => {
    const { clock, log } = listening();
    log.heard(`process 12 still waiting for ShareLock ${ON_ORDERS} 100.000 ms`);
    clock.at = 1_500;
    expect(waits(log)).toMatchObject([{ startedAt: 900, duration: 600, end: 'unseen' }]);
  });

  it('is nothing that somebody else says', () => {
    const { log } = listening();
    expect(log.heard('statement: SELECT 1')).toBe(false);
    expect(waits(log)).toEqual([]);
  });
});

it('of more than can be kept the rest is counted', () => {
  const { log } = listening();
  for (let n = 0; n < 20_005; n++) log.heard(`process ${n} acquired ShareLock ${ON_ORDERS} 150.000 ms`);
  expect(waits(log)).toHaveLength(20_000);
  expect(log.leftOut).toBe(5);
});
