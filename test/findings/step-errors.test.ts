import { describe, expect, it } from 'vitest';

import { findingsOf } from '#rooms/findings/index.js';
import type { Result, ServerNotice, StepResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { activity, afterwards, table } from '../result/aftermath.ts';
import { migration, resultOf, statement, step } from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

const failing = (error: NonNullable<StepResult['error']>): StepResult =>
  step([], { outcome: 'failed', error });

describe('constraint-failed', () => {
  it.each([
    ['23502', { column: 'note' }, 'SELECT count(*) FROM "orders" WHERE "note" IS NULL;'],
    ['23503', { constraint: 'orders_customer_fkey' }, 'add the foreign key NOT VALID'],
    ['23505', { constraint: 'settings_pkey' }, 'ON CONFLICT DO NOTHING'],
    ['23514', { constraint: 'orders_total_check' }, 'VALIDATE CONSTRAINT'],
    ['23P01', { constraint: 'bookings_excl' }, 'rows that overlap'],
  ])('%s is one, with a way out', (sqlState, names, safer) => {
    const error = {
      sqlState,
      message: 'broken',
      relation: 'orders',
      statement: 'UPDATE orders SET a = 1',
      ...names,
    };
    const finding = only(migrated(failing(error)), 'constraint-failed');
    expect(finding).toMatchObject({ severity: 'danger', step: 0, relation: 'orders' });
    expect(finding.evidence[0]).toBe(`failed with ${sqlState}: broken`);
    expect(finding.safer).toContain(safer);
  });

  it('names the constraint and shows the key', () => {
    const detail = 'Key (customer_id)=(7) is not present in table "customers".';
    const error = { sqlState: '23503', message: 'm', relation: 'orders', constraint: 'fk', detail };
    const finding = only(migrated(failing(error)), 'constraint-failed');
    expect(finding.title).toContain('break the constraint fk');
    expect(finding.evidence).toContain(detail);
  });

  it('other errors are none', () => {
    expect(found(migrated(failing({ sqlState: '55P03', message: 'm' })), 'constraint-failed')).toEqual([]);
    expect(found(migrated(failing({ message: 'the command ended' })), 'constraint-failed')).toEqual([]);
  });
});

describe('duplicate-rows', () => {
  const error = (text: string) => ({
    sqlState: '23505',
    message: 'could not create unique index "orders_ref"',
    statement: text,
    relation: 'orders',
    constraint: 'orders_ref',
    detail: 'Key (ref)=(5) is duplicated.',
  });

  it.each([
    'CREATE UNIQUE INDEX CONCURRENTLY orders_ref ON orders (ref)',
    'ALTER TABLE orders ADD CONSTRAINT orders_ref UNIQUE (ref)',
    'ALTER TABLE orders ADD PRIMARY KEY (ref)',
  ])('%s fails for them, and says how many there are', (text) => {
    const duplicates = { step: 0, relation: 'orders', key: 'ref', keys: 40, rows: 1_200 };
    const result = afterwards({ duplicates }, { migration: migration(failing(error(text))) });
    expect(only(result, 'duplicate-rows')).toMatchObject({
      severity: 'danger',
      title: 'duplicate rows in orders kept orders_ref from being built',
      evidence: [
        'failed with 23505: could not create unique index "orders_ref"',
        '1,200 rows share 40 values of (ref), which shall be unique',
      ],
      safer: expect.stringContaining(
        'SELECT ref, count(*) FROM "orders" GROUP BY ref HAVING count(*) > 1;',
      ) as string,
    });
    expect(found(result, 'constraint-failed')).toEqual([]);
  });

  it('shows the first of them where they could not be counted', () => {
    const result = migrated(failing(error('CREATE UNIQUE INDEX orders_ref ON orders (ref)')));
    expect(only(result, 'duplicate-rows').evidence).toContain('Key (ref)=(5) is duplicated.');
  });
});

describe('server-notice', () => {
  const said = (...notices: readonly ServerNotice[]): Result =>
    migrated(
      step([
        { ...statement('SELECT 1'), notices },
        { ...statement('SELECT 2'), notices },
      ]),
    );
  const notice = (severity: string, sqlState: string, message: string): ServerNotice => ({
    severity,
    sqlState,
    message,
  });

  it.each([
    [notice('NOTICE', '42622', 'identifier "a…" will be truncated to "b…"'), 'warning', 'was cut'],
    [notice('WARNING', '25P01', 'there is no transaction in progress'), 'warning', 'had not begun'],
    [
      notice('WARNING', '25001', 'there is already a transaction in progress'),
      'warning',
      'inside of a transaction',
    ],
    [notice('NOTICE', '00000', 'table "ordes" does not exist, skipping'), 'info', 'is not there'],
    [notice('NOTICE', '42P07', 'relation "orders_a" already exists, skipping'), 'info', 'was there before'],
    [notice('WARNING', '01000', 'concurrent insert in progress within table "a"'), 'warning', 'warned'],
  ])('%o is one of note', (heard, severity, title) => {
    const finding = only(said(heard), 'server-notice');
    expect(finding).toMatchObject({ severity, step: 0 });
    expect(finding.title).toContain(title);
    // Said twice, told once.
    expect(finding.evidence.filter((line) => line === `${heard.severity}: ${heard.message}`)).toHaveLength(1);
  });

  it('a notice of the migration’s own is none', () => {
    expect(findingsOf(said(notice('NOTICE', '00000', 'step one is done')))).toEqual([]);
  });
});

describe('backfill-slower-than-inserts', () => {
  const backfilled = (rows: number, inserted: number): Result => {
    const backfill = { table: 'public.orders', batches: 10, rows, slowestBatch: ms(50) };
    return afterwards(
      { activity: [activity('baseline', [table('orders', { inserted })])] },
      { migration: migration(step([], { kind: 'backfill', duration: ms(10_000), backfill })) },
    );
  };

  it('never ends where rows come faster than it goes', () => {
    expect(only(backfilled(2_000, 3_000), 'backfill-slower-than-inserts')).toMatchObject({
      severity: 'danger',
      relation: 'orders',
      evidence: ['backfilled 2,000 rows in 10 s: 200/s', 'the traffic inserts 300/s into orders'],
      estimate: undefined,
    });
  });

  it('is a warning where it hardly gains, with the time that all rows take', () => {
    const finding = only(backfilled(5_000, 3_000), 'backfill-slower-than-inserts');
    expect(finding.severity).toBe('warning');
    expect(finding.estimate).toMatch(
      /^50,000,000 rows at scale 1 take about 69 h 27 min at 500\/s less 300\/s/,
    );
  });

  it('is none where it is much faster, or nobody inserts', () => {
    expect(found(backfilled(50_000, 3_000), 'backfill-slower-than-inserts')).toEqual([]);
    expect(found(backfilled(10, 0), 'backfill-slower-than-inserts')).toEqual([]);
    expect(found(resultOf(), 'backfill-slower-than-inserts')).toEqual([]);
  });
});
