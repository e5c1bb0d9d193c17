import { describe, expect, it } from 'vitest';

import type { Result, TransactionResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { latencies, resultOf, session, step, times, transaction, wait } from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

interface Queues {
  readonly before?: number;
  readonly during: number;
  readonly inUse?: number;
  readonly lost?: number;
}

function queued(
  { before = 0.1, during, inUse = 10, lost = 0 }: Queues,
  changes: Partial<Result> = {},
): Result {
  const row = (name: 'baseline' | 'migration', wait_: number): TransactionResult => ({
    ...transaction('order_page', name, { response: times(300, 3), dropped: name === 'migration' ? lost : 0 }),
    queueWait: latencies([0.1, wait_]),
  });
  const point = {
    at: ms(10_000),
    phase: 'migration' as const,
    due: 40,
    completed: 0,
    failed: 0,
    dropped: 0,
    p50: ms(0),
    p95: ms(0),
    p99: ms(0),
    max: ms(0),
    connectionsInUse: inUse,
    queued: 30,
    waitingSessions: 10,
  };
  return resultOf({
    transactions: [row('baseline', before), row('migration', during)],
    timeline: { interval: ms(1_000), points: [point] },
    ...changes,
  });
}

describe('pool-exhausted', () => {
  it('says who held the connections', () => {
    const waiters = Array.from({ length: 10 }, (_, pid) =>
      wait({ for: 1_500, waiter: { ...session('traffic'), pid } }),
    );
    const finding = only(queued({ during: 1_400 }, { lockWaits: waiters }), 'pool-exhausted');
    expect(finding).toMatchObject({
      severity: 'danger',
      step: 0,
      relation: 'orders',
      title: 'all 10 connections were in use, and arrivals waited up to 1.4 s for one',
    });
    expect(finding.evidence.at(-1)).toMatch(
      /^10 sessions at a time waited for locks behind the migration \(orders\)/,
    );
  });

  it('says so where no lock was to blame', () => {
    const finding = only(queued({ during: 300 }), 'pool-exhausted');
    expect(finding.severity).toBe('warning');
    expect(finding.evidence.at(-1)).toMatch(/^no session was seen waiting/);
  });

  it('is none in a healthy run, with free connections, or as in the baseline', () => {
    expect(found(queued({ during: 90 }), 'pool-exhausted')).toEqual([]);
    expect(found(queued({ during: 1_400, inUse: 9 }), 'pool-exhausted')).toEqual([]);
    expect(found(queued({ before: 900, during: 1_400 }), 'pool-exhausted')).toEqual([]);
  });

  it('counts arrivals that never got one', () => {
    const finding = only(queued({ during: 1, lost: 7 }), 'pool-exhausted');
    expect(finding).toMatchObject({ severity: 'danger' });
    expect(finding.evidence.join()).toContain('7 of 307 arrivals');
  });

  const refused = (phase: 'baseline' | 'migration'): Result['errors'][number] => ({
    transaction: 'order_page',
    workload: 'main',
    phase,
    class: 'connection',
    sqlState: '53300',
    message: 'sorry, too many clients already',
    statement: '',
    count: 3,
    overcome: 1,
  });

  it('is what 53300 says of the server, unless it did so before', () => {
    expect(only(resultOf({ errors: [refused('migration')] }), 'pool-exhausted')).toMatchObject({
      severity: 'danger',
      title: 'the server had no connection left',
    });
    const usual = resultOf({ errors: [refused('baseline'), refused('migration')] });
    expect(found(usual, 'pool-exhausted')).toEqual([]);
    const error = { sqlState: '53300', message: 'sorry, too many clients already' };
    expect(only(migrated(step([], { outcome: 'failed', error })), 'pool-exhausted').step).toBe(0);
  });
});
