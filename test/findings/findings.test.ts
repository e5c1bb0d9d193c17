import { expect, it } from 'vitest';

import { FINDINGS, findingsOf } from '#rooms/findings/index.js';
import type { Leftover, StepResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { impact, lock, NO_IMPACT, resultOf, scenarioOf, statement, step, REWRITE } from '../result/sample.ts';
import { migrated, only } from './expecting.ts';

it('a harmless migration has no findings', () => {
  expect(findingsOf(resultOf())).toEqual([]);
});

it('the identifiers are unique', () => {
  expect(new Set(FINDINGS.map(({ id }) => id)).size).toBe(FINDINGS.length);
});

it('a run without a migration has no findings', () => {
  expect(findingsOf(resultOf({ migration: undefined }))).toEqual([]);
});

it.each<[Leftover['kind'], string, string]>([
  ['disabled-trigger', 'warning', 'ALTER TABLE "orders" ENABLE TRIGGER "orders_x";'],
  ['session', 'warning', 'close its connections'],
  ['unfinished-table', 'warning', 'DROP TABLE "orders_x";'],
  ['unfinished-column', 'warning', 'ALTER TABLE "orders" DROP COLUMN "orders_x";'],
  ['unfinished-trigger', 'danger', 'DROP TRIGGER "orders_x" ON "orders";'],
  ['idle-transaction', 'danger', 'end each transaction'],
  ['prepared-transaction', 'danger', "ROLLBACK PREPARED 'orders_x';"],
])('leftover: %s is a %s with a way out', (kind, severity, safer) => {
  const leftovers = [{ kind, name: 'orders_x', relation: 'orders' }];
  expect(only(resultOf({ leftovers }), 'leftover')).toMatchObject({
    severity,
    relation: 'orders',
    safer: expect.stringContaining(safer) as string,
  });
});

it('leftover: all that changed on the whole server is one warning, whoever did it', () => {
  const leftovers = ['role a was created', 'role b was dropped'].map((name) => ({
    kind: 'cluster-change' as const,
    name,
    relation: '',
  }));
  expect(only(resultOf({ leftovers }), 'leftover')).toMatchObject({
    severity: 'warning',
    evidence: ['role a was created', 'role b was dropped'],
  });
});

it.each([
  ['invalid-index', 'invalid-index', 'DROP INDEX CONCURRENTLY "orders_x";'],
  ['not-ready-index', 'invalid-index', 'build it again'],
  [
    'unvalidated-constraint',
    'constraint-not-validated',
    'ALTER TABLE "orders" VALIDATE CONSTRAINT "orders_x";',
  ],
] as const)('%s has a finding of its own', (kind, id, safer) => {
  const leftovers = [{ kind, name: 'orders_x', relation: 'orders' }];
  const result = resultOf({ leftovers });
  expect(findingsOf(result).map((finding) => finding.id)).toEqual([id]);
  expect(only(result, id)).toMatchObject({
    severity: 'warning',
    relation: 'orders',
    safer: expect.stringContaining(safer) as string,
  });
});

it('every finding says why it matters', () => {
  for (const finding of findingsOf(REWRITE)) expect(finding.why).toMatch(/ /);
});

it.each([
  ['orders_pkey_ccnew', 'run REINDEX CONCURRENTLY again'],
  ['orders_pkey_ccold1', 'this is the old one'],
])('invalid-index: %s is one of REINDEX CONCURRENTLY', (name, safer) => {
  const leftovers = [{ kind: 'invalid-index', name, relation: 'orders' }] as const;
  expect(only(resultOf({ leftovers }), 'invalid-index').safer).toContain(safer);
});

it.each([
  ['pgosc_st_orders_1a2b', 'helper table'],
  ['_orders_gho', 'helper table'],
  ['invoices', 'the table invoices'],
  ['renewals', 'the table renewals'],
])('leftover: %s is called the %s', (name, title) => {
  const leftovers = [{ kind: 'unfinished-table', name, relation: '' }] as const;
  expect(only(resultOf({ leftovers }), 'leftover').title).toContain(title);
});

it('migration-failed-attempts is an information where an attempt got the lock in the end', () => {
  const gaveUp = {
    startedAt: ms(0),
    duration: ms(201),
    sqlState: '55P03',
    message: 'canceling statement due to lock timeout',
  };
  const attempts = [gaveUp, gaveUp, { startedAt: ms(900), duration: ms(3) }];
  expect(only(migrated(step([], { attempts })), 'migration-failed-attempts')).toMatchObject({
    severity: 'info',
    title: 'gave up waiting for a lock 2 times, then succeeded',
    evidence: ['attempt 1 waited 201 ms for a lock', 'attempt 2 waited 201 ms for a lock'],
  });
  expect(
    only(migrated(step([], { attempts: [gaveUp], outcome: 'failed' })), 'migration-failed-attempts').severity,
  ).toBe('warning');
});

it('an accepted finding stays, with the reason', () => {
  const scenario = scenarioOf({ accept: [{ finding: 'table-rewrite', reason: 'night shift' }] });
  expect(only({ ...REWRITE, scenario }, 'table-rewrite')).toMatchObject({
    severity: 'danger',
    accepted: 'night shift',
  });
});

it('danger comes first, then the order of the steps', () => {
  const held = (name: string, wait_: number): StepResult =>
    step(
      [
        statement(`DROP TRIGGER a ON ${name}`, {
          working: 1_500,
          locks: [lock(name, 'ShareRowExclusiveLock', 1_500)],
        }),
      ],
      {
        impact: wait_ === 0 ? NO_IMPACT : impact(5, 100, wait_),
      },
    );
  const ordered = findingsOf(migrated(held('customers', 0), held('orders', 1_200), held('customers', 1_300)));
  expect(ordered.map(({ severity, step: index }) => [severity, index])).toEqual([
    ['danger', 1],
    ['danger', 2],
    ['warning', 0],
  ]);
});
