import { describe, expect, it } from 'vitest';

import { cancelledAsObserved, cancelledInLog, keyInDetail } from '#rooms/observer/index.js';
import type { LockWait } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { session, wait } from '../result/sample.ts';

/** As PostgreSQL 15 and 18 wrote it, with our log_line_prefix. */
const LOG = `
2026-11-23 07:00:01.001 UTC [71] rehearse/traffic LOG:  process 71 still waiting for ShareLock on transaction 9 after 1000.1 ms
2026-11-23 07:00:02.002 UTC [72]  ERROR:  canceling autovacuum task
2026-11-23 07:00:02.002 UTC [72]  CONTEXT:  while scanning block 70 of relation "public.orders"
\tautomatic vacuum of table "shop.public.orders"
2026-11-23 07:00:03.002 UTC [73]  ERROR:  canceling autovacuum task
2026-11-23 07:00:03.002 UTC [73]  CONTEXT:  automatic analyze of table "shop.sales.order.lines"
2026-11-23 07:00:04.002 UTC [74] psql ERROR:  canceling statement due to user request`;

describe('autovacuum that was cancelled', () => {
  it('stands in the server’s log with its table', () => {
    expect(cancelledInLog(LOG)).toEqual([
      { relation: 'orders', work: 'vacuum', source: 'log' },
      { relation: 'sales.order.lines', work: 'analyze', source: 'log' },
    ]);
  });

  it('without its context is one all the same', () => {
    expect(cancelledInLog('ERROR:  canceling autovacuum task\nLOG:  checkpoint starting: time')).toEqual([
      { relation: '', work: 'vacuum', source: 'log' },
    ]);
    expect(cancelledInLog('')).toEqual([]);
  });

  const behind = (duration: number, query: string, changes: Partial<LockWait> = {}): LockWait =>
    wait({
      for: duration,
      waiter: session('migration'),
      blockers: [session('autovacuum', '', query)],
      ...changes,
    });
  const seen = (...waits: readonly LockWait[]) => cancelledAsObserved(waits, ms(1_000));

  it('is observed where the migration waited for it as long as deadlock_timeout, once a table', () => {
    const vacuum = behind(1_050, 'autovacuum: VACUUM public.orders');
    expect(
      seen(vacuum, vacuum, behind(1_010, 'autovacuum: ANALYZE public.items', { relation: 'items' })),
    ).toEqual([
      { relation: 'orders', work: 'vacuum', source: 'observed' },
      { relation: 'items', work: 'analyze', source: 'observed' },
    ]);
  });

  it('is not where it ended by itself, guards against wraparound, or somebody else waited', () => {
    const query = 'autovacuum: VACUUM public.orders';
    expect(
      seen(
        behind(600, query),
        behind(5_000, `${query} (to prevent wraparound)`),
        behind(5_000, query, { waiter: session('traffic') }),
        behind(5_000, query, { blockers: [session('actor', 'report')] }),
      ),
    ).toEqual([]);
  });
});

describe('the key of a duplicate', () => {
  it.each([
    ['Key (account_id)=(5) is duplicated.', 'account_id'],
    ['Key (lower(email), tenant)=(a@b.c, 7) is duplicated.', 'lower(email), tenant'],
    ['Key (note)=(a)=(b) is duplicated.', 'note'],
    ['Key ("strange ) name")=(1) already exists.', '"strange ) name"'],
  ])('%s is %s', (detail, key) => {
    expect(keyInDetail(detail)).toBe(key);
  });

  it('is not known in another language', () => {
    expect(keyInDetail('Schlüssel »(a)=(1)« existiert doppelt.')).toBeUndefined();
  });
});
