import { describe, expect, it } from 'vitest';

import {
  blocksReads,
  blocksWrites,
  conflicts,
  isLockMode,
  LOCK_MODES,
  strongest,
} from '#rooms/postgres/index.js';

/** Table 13.2 of the manual, as it is printed: rows and columns in the order of LOCK_MODES. */
const TABLE_13_2 = [
  '.......X',
  '......XX',
  '....XXXX',
  '...XXXXX',
  '..XX.XXX',
  '..XXXXXX',
  '.XXXXXXX',
  'XXXXXXXX',
];

it('lock modes conflict as table 13.2 of the manual says', () => {
  const table = LOCK_MODES.map((held) =>
    LOCK_MODES.map((wanted) => (conflicts(held, wanted) ? 'X' : '.')).join(''),
  );
  expect(table).toEqual(TABLE_13_2);
});

it('only AccessExclusiveLock keeps a SELECT out', () => {
  expect(LOCK_MODES.filter(blocksReads)).toEqual(['AccessExclusiveLock']);
});

it('four modes keep INSERT, UPDATE and DELETE out', () => {
  expect(LOCK_MODES.filter(blocksWrites)).toEqual([
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ]);
});

describe('the strongest of some modes', () => {
  it('is the last in the order of the manual', () => {
    expect(strongest(['ShareLock', 'AccessShareLock', 'RowExclusiveLock'])).toBe('ShareLock');
  });

  it('of none is none', () => {
    expect(strongest([])).toBeUndefined();
  });
});

it('knows a lock mode by its name in pg_locks', () => {
  expect(LOCK_MODES.every(isLockMode)).toBe(true);
  expect(['accesssharelock', 'SIReadLock', 'toString', ''].some(isLockMode)).toBe(false);
});
