import { describe, expect, it } from 'vitest';

import type { LockMode } from '#rooms/postgres/index.js';
import { difference, type SessionFacts } from '#rooms/migration/facts.js';

interface Written {
  readonly locks?: readonly (readonly [string, LockMode])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly scans?: Readonly<Record<string, number>>;
  readonly walBytes?: number;
}

/** Facts with the name of a table in the place of its oid as well. */
function facts({
  locks = [],
  files = { orders: '1', customers: '2' },
  scans = {},
  walBytes = 0,
}: Written = {}): SessionFacts {
  return {
    locks: new Map(
      locks.map(([relation, mode]) => [`${relation} ${mode}`, { oid: relation, relation, mode }]),
    ),
    files: new Map(Object.entries(files).map(([relation, file]) => [relation, { relation, file }])),
    scans: new Map(Object.entries(scans).map(([relation, count]) => [relation, { relation, scans: count }])),
    walBytes,
    lockTimeout: '0',
  };
}

describe('between two moments of a session', () => {
  it('nothing happened where the facts are the same', () => {
    const same = facts({ locks: [['orders', 'ShareLock']], scans: { orders: 1 }, walBytes: 7 });
    expect(difference(same, same)).toEqual({ locks: [], rewritten: [], scanned: [], walBytes: 0 });
  });

  it('a table that was renamed or dropped keeps the name that others know it by', () => {
    const before = facts();
    const after = {
      ...facts({ files: { customers: '2' } }),
      locks: new Map([
        ['orders x', { oid: 'orders', relation: '', mode: 'AccessExclusiveLock' as const }],
        ['customers x', { oid: 'customers', relation: 'clients', mode: 'AccessExclusiveLock' as const }],
        ['index x', { oid: 'index', relation: '', mode: 'AccessExclusiveLock' as const }],
      ]),
    };
    expect(difference(before, after).locks.map(({ relation }) => relation)).toEqual(['orders', 'customers']);
  });

  it('locks were taken: new ones, and stronger ones on the same table', () => {
    const before = facts({ locks: [['orders', 'RowExclusiveLock']] });
    const after = facts({
      locks: [
        ['orders', 'RowExclusiveLock'],
        ['orders', 'AccessExclusiveLock'],
        ['customers', 'ShareRowExclusiveLock'],
      ],
    });
    expect(difference(before, after).locks).toEqual([
      { relation: 'orders', mode: 'AccessExclusiveLock' },
      { relation: 'customers', mode: 'ShareRowExclusiveLock' },
    ]);
  });

  it('locks that were given back are none that were taken', () => {
    expect(difference(facts({ locks: [['orders', 'ShareLock']] }), facts()).locks).toEqual([]);
  });

  it('a table with another file was written anew', () => {
    expect(difference(facts(), facts({ files: { orders: '9', customers: '2' } })).rewritten).toEqual([
      'orders',
    ]);
  });

  it('a new table was not, nor one that is gone, nor a partitioned one without a file', () => {
    const before = facts({ files: { gone: '1', partitioned: '3' } });
    const after = facts({ files: { fresh: '5', partitioned: '0' } });
    expect(difference(before, after).rewritten).toEqual([]);
  });

  it('a table was scanned if its scans grew', () => {
    const before = facts({ scans: { orders: 1 } });
    const after = facts({ scans: { orders: 1, customers: 2 } });
    expect(difference(before, after).scanned).toEqual(['customers']);
    expect(difference(before, facts({ scans: { orders: 3 } })).scanned).toEqual(['orders']);
  });

  it('a scan of a table that the statement itself made does not count', () => {
    expect(difference(facts(), facts({ scans: { fresh: 1 } })).scanned).toEqual([]);
  });

  it('WAL grew, and never shrinks', () => {
    expect(difference(facts({ walBytes: 100 }), facts({ walBytes: 350 })).walBytes).toBe(250);
    expect(difference(facts({ walBytes: 100 }), facts({ walBytes: 50 })).walBytes).toBe(0);
  });
});
