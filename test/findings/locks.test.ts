import { describe, expect, it } from 'vitest';

import { findingsOf } from '#rooms/findings/index.js';
import type { Result, StepResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  impact,
  lock,
  migration,
  newTable,
  resultOf,
  session,
  statement,
  step,
  table,
  wait,
  NO_IMPACT,
} from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

describe('writes-blocked', () => {
  const dropped = (held: number, changes: Partial<StepResult> = {}): Result =>
    migrated(
      step(
        [
          statement('DROP TRIGGER audit ON orders', {
            working: held,
            locks: [lock('orders', 'ShareRowExclusiveLock', held)],
          }),
        ],
        changes,
      ),
    );

  it('is as severe as what the traffic suffered from it', () => {
    expect(only(dropped(1_500, { impact: impact(40, 600, 1_400) }), 'writes-blocked')).toMatchObject({
      severity: 'danger',
      title: 'writes to orders were blocked for 1.5 s',
    });
    expect(only(dropped(300, { impact: impact(9, 120, 290) }), 'writes-blocked').severity).toBe('warning');
    expect(only(dropped(300), 'writes-blocked').severity).toBe('info');
  });

  it('a long hold that nobody met is a warning, unless the traffic had every chance to meet it', () => {
    expect(only(dropped(1_500), 'writes-blocked').severity).toBe('warning');
    expect(only(dropped(1_500, { impact: { ...NO_IMPACT, arrivals: 600 } }), 'writes-blocked').severity).toBe(
      'info',
    );
  });

  it('is no finding below 100 ms, on new tables, or in a mode that blocks nobody', () => {
    expect(findingsOf(dropped(99))).toEqual([]);
    const create = statement('CREATE TABLE notes (id int PRIMARY KEY)', {
      working: 900,
      locks: [lock('notes', 'AccessExclusiveLock', 900)],
    });
    expect(findingsOf(migrated(step([create])))).toEqual([]);
    expect(
      findingsOf(
        resultOf({ relations: [newTable('notes'), table('orders')], migration: migration(step([create])) }),
      ),
    ).toEqual([]);
    const harmless = statement('UPDATE orders SET id = id', {
      working: 900,
      locks: [lock('orders', 'RowExclusiveLock', 900)],
    });
    expect(findingsOf(migrated(step([harmless])))).toEqual([]);
  });

  it('tells apart which of several statements the traffic waited for', () => {
    const two = step(
      [
        statement('DROP TRIGGER a ON customers', {
          working: 200,
          locks: [lock('customers', 'ShareRowExclusiveLock', 200)],
        }),
        statement('DROP TRIGGER b ON orders', {
          startedAt: 10_300,
          working: 1_500,
          locks: [lock('orders', 'ShareRowExclusiveLock', 1_500, { grantedAt: 10_300 })],
        }),
      ],
      { impact: impact(50, 700, 1_400) },
    );
    const severities = (result: Result): unknown =>
      found(result, 'writes-blocked').map(({ severity, relation }) => [severity, relation]);
    const observed = [wait({ for: 1_400, startedAt: ms(10_400) })];
    expect(severities(resultOf({ migration: migration(two), lockWaits: observed }))).toEqual([
      ['danger', 'orders'],
      ['info', 'customers'],
    ]);
    expect(severities(migrated(two))).toEqual([
      ['danger', 'orders'],
      ['info', 'customers'],
    ]);
  });
});

describe('lock-queue', () => {
  const report = session('actor', 'nightly-report', 'SELECT count(*)\n  FROM orders');
  const waiting = step(
    [
      statement('ALTER TABLE orders ADD COLUMN note text', {
        waiting: 8_200,
        locks: [lock('orders', 'AccessExclusiveLock', 2, { waited: 8_200 })],
      }),
    ],
    { impact: impact(1_211, 1_400, 8_100, 8_000) },
  );
  const queued = (root = report, duration = 8_100): Result =>
    resultOf({
      migration: migration(waiting),
      lockWaits: [
        wait({
          for: 8_200,
          waiter: session('migration', 'step'),
          mode: 'AccessExclusiveLock',
          root,
          step: undefined,
        }),
        wait({ for: duration, root }),
        wait({ for: 50, root }),
      ],
    });

  it('names who stood at the root, and what queued', () => {
    expect(only(queued(), 'lock-queue')).toMatchObject({
      severity: 'danger',
      title:
        'traffic on orders queued behind the migration, which itself waited for the actor nightly-report',
      evidence: [
        'waited 8.2 s for AccessExclusiveLock on orders behind the actor nightly-report (SELECT count(*) FROM orders)',
        '2 requests of the traffic queued behind it, the longest 8.1 s',
        '1,211 of 1,400 arrivals waited for it, the longest 8.1 s; nothing completed for 8 s',
      ],
      safer: expect.stringContaining('a shorter lock_timeout than 2 s') as string,
    });
  });

  it.each([
    [session('other', 'psql'), 'another session (psql, pid 4711)'],
    [session('other'), 'another session (pid 4711)'],
    [session('autovacuum'), 'autovacuum'],
    [session('traffic'), 'a transaction of the traffic'],
    [session('harness'), 'the harness'],
  ])('the root may be anybody: %j', (root, name) => {
    expect(only(queued(root), 'lock-queue').title).toContain(name);
  });

  it('is none where the migration itself is the root, or nobody waited for long', () => {
    expect(found(queued(session('migration', 'step')), 'lock-queue')).toEqual([]);
    expect(found(queued(report, 90), 'lock-queue')).toEqual([]);
  });
});

describe('no-lock-timeout', () => {
  const without = (
    waited: number,
    before: readonly string[] = [],
    mode = 'AccessExclusiveLock' as const,
  ): Result =>
    migrated(
      step(
        [
          ...before.map((text) => statement(text)),
          statement('ALTER TABLE orders ADD COLUMN note text', {
            waiting: waited,
            locks: [lock('orders', mode, 2, { waited })],
          }),
        ],
        { lockTimeout: undefined },
      ),
    );

  it('is a warning after a real wait, else an information', () => {
    expect(only(without(400), 'no-lock-timeout')).toMatchObject({
      severity: 'warning',
      evidence: ['asked for AccessExclusiveLock on orders without a lock_timeout and waited 400 ms'],
    });
    expect(only(without(0), 'no-lock-timeout').severity).toBe('info');
  });

  it('is told of a rewrite whose lock nobody saw', () => {
    const vacuum = statement('VACUUM FULL orders', {
      waiting: 300,
      rewritten: [{ relation: 'orders', megabytes: 1, rows: 10 }],
    });
    expect(only(migrated(step([vacuum], { lockTimeout: undefined })), 'no-lock-timeout')).toMatchObject({
      severity: 'warning',
      relation: 'orders',
    });
  });

  it.each(['SET lock_timeout = 0', "SET lock_timeout = '0s'", 'SET lock_timeout TO DEFAULT'])(
    '%s is no limit',
    (text) => expect(found(without(400, [text]), 'no-lock-timeout')).toHaveLength(1),
  );

  it('is none with a lock_timeout of the step or of the migration itself', () => {
    expect(found(resultOf(), 'no-lock-timeout')).toEqual([]);
    expect(found(without(400, ["SET lock_timeout = '1s'"]), 'no-lock-timeout')).toEqual([]);
    expect(found(without(400, ["SET LOCAL lock_timeout TO '1s'"]), 'no-lock-timeout')).toEqual([]);
  });
});
