import { describe, expect, it } from 'vitest';

import type { ErrorSample, Result } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { resultOf, step, times, transaction } from '../result/sample.ts';
import { found, migrated, only } from './expecting.ts';

const failing = (
  failures: Partial<Record<'baseline' | 'migration' | 'recovery', number>>,
  kind: ErrorSample['class'],
  sqlState: string,
): Partial<Result> => ({
  transactions: (['baseline', 'migration', 'recovery'] as const).map((name) =>
    transaction('order_page', name, {
      response: times(300, 3),
      failedByClass: { [kind]: failures[name] ?? 0 },
    }),
  ),
  errors: (['baseline', 'migration', 'recovery'] as const).flatMap((name) =>
    failures[name] === undefined
      ? []
      : [
          {
            transaction: 'order_page',
            workload: 'main',
            phase: name,
            class: kind,
            sqlState,
            message: `${kind} happened`,
            statement: 'SELECT 1',
            count: failures[name],
            overcome: 0,
          },
        ],
  ),
});

describe('deadlock', () => {
  it('counts the victims among the traffic', () => {
    expect(only(resultOf(failing({ migration: 2 }, 'deadlock', '40P01')), 'deadlock')).toMatchObject({
      severity: 'danger',
      evidence: ['2 arrivals failed in the migration phase: deadlock happened (40P01), in order_page'],
    });
  });

  it('counts the attempts of the migration that were cancelled', () => {
    const attempts = [
      { startedAt: ms(0), duration: ms(1_000), sqlState: '40P01', message: 'deadlock detected' },
    ];
    expect(only(migrated(step([], { name: 'drop-fk', attempts })), 'deadlock')).toMatchObject({
      severity: 'danger',
      step: 0,
      evidence: ["the server cancelled the migration's drop-fk once to end a deadlock"],
    });
  });

  it('traffic that deadlocked before the migration is only a warning', () => {
    expect(
      only(resultOf(failing({ baseline: 3, migration: 2 }, 'deadlock', '40P01')), 'deadlock').severity,
    ).toBe('warning');
    expect(found(resultOf(failing({ baseline: 3 }, 'deadlock', '40P01')), 'deadlock')).toEqual([]);
  });
});

it('plan-invalidated counts failed requests after the start of the migration', () => {
  expect(
    only(resultOf(failing({ migration: 10 }, 'plan_invalidated', '0A000')), 'plan-invalidated'),
  ).toMatchObject({
    severity: 'danger',
    evidence: ['10 arrivals failed in the migration phase: plan_invalidated happened (0A000), in order_page'],
  });
  const rare = failing({ migration: 1 }, 'plan_invalidated', '0A000');
  const many = transaction('place_order', 'migration', { response: times(2_000, 3) });
  expect(
    only(resultOf({ ...rare, transactions: [...(rare.transactions ?? []), many] }), 'plan-invalidated')
      .severity,
  ).toBe('warning');
});

it('schema-mismatch needs failures that were not there in the baseline', () => {
  expect(
    only(resultOf(failing({ migration: 1, recovery: 7 }, 'schema_drift', '42703')), 'schema-mismatch'),
  ).toMatchObject({
    severity: 'danger',
    evidence: [
      '1 arrival failed in the migration phase: schema_drift happened (42703), in order_page',
      '7 arrivals failed in the recovery phase: schema_drift happened (42703), in order_page',
    ],
  });
  expect(
    found(resultOf(failing({ baseline: 4, migration: 4 }, 'schema_drift', '42703')), 'schema-mismatch'),
  ).toEqual([]);
});
