import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { newHome, type TestHome } from './rehearsal.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

/* Who stands in whose way, and whom the report blames. One process runs all of them. */

const READ = {
  query: 'SELECT balance FROM accounts WHERE id = :account',
  params: { account: 'accounts.id' },
};
/** Accounts before entries; `think` in between. */
const transfer = (think: string) => ({
  params: { account: 'accounts.id' },
  steps: [
    'begin',
    { query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :account' },
    { think },
    { query: 'INSERT INTO entries (account_id, amount) VALUES (:account, 1)' },
    'commit',
  ],
});
/** Entries before accounts. */
const OPPOSITE = { sql: 'ALTER TABLE entries ADD COLUMN a int; ALTER TABLE accounts ADD COLUMN b int' };

const SCENARIOS = {
  inverted: {
    // It hardly ever comes.
    traffic: {
      rate: '20/s',
      mix: { read: 10_000, transfer: 1 },
      transactions: { read: READ, transfer: transfer('1ms') },
    },
    migration: OPPOSITE,
  },
  deadlocked: {
    traffic: { mix: { transfer: 1 }, transactions: { transfer: transfer('200ms') } },
    migration: { ...OPPOSITE, retries: 3 },
  },
  concurrently: {
    migration: { sql: 'CREATE INDEX CONCURRENTLY entries_note_idx ON entries (note)' },
    more: {
      actors: {
        monthly_report: {
          kind: 'report',
          query: 'SELECT count(*), pg_sleep(1.5) FROM accounts',
          start: '-100ms',
          duration: '1500ms',
        },
      },
    },
  },
  attempts: {
    migration: {
      sql: 'ALTER TABLE accounts ADD COLUMN note text',
      lock_timeout: '250ms',
      retries: { times: 20, backoff: '50ms' },
    },
    more: {
      actors: {
        clerk: {
          kind: 'idle-in-transaction',
          query: 'SELECT count(*) FROM accounts',
          start: '-100ms',
          duration: '900ms',
        },
      },
    },
  },
};

let home: TestHome;
let ran: Readonly<Record<keyof typeof SCENARIOS, OneOfSeveral>>;

beforeAll(async () => {
  home = newHome();
  ran = await rehearsedTogether(home, SCENARIOS);
});

afterAll(() => home[Symbol.asyncDispose]());

const findingOf = ({ report }: OneOfSeveral, id: string) =>
  report.judgement?.findings.find((finding) => finding.id === id);

describe('a migration that locks tables in the opposite order of the traffic', () => {
  it('is told so where no deadlock fired', () => {
    const { report } = ran.inverted;
    expect(report.deadlocks).toEqual([]);
    expect(report.aftermath?.transactionLocks).toEqual([
      {
        workload: 'main',
        transaction: 'transfer',
        ways: [
          [
            expect.objectContaining({ relation: 'accounts', mode: 'RowExclusiveLock' }),
            expect.objectContaining({ relation: 'entries', mode: 'RowExclusiveLock' }),
            // Of the foreign key.
            expect.objectContaining({ relation: 'accounts', mode: 'RowShareLock' }),
          ],
        ],
      },
    ]);
    expect(findingOf(ran.inverted, 'lock-order-inversion')).toMatchObject({
      severity: 'warning',
      title: 'the migration and transfer can deadlock: they lock entries and accounts in opposite order',
    });
    expect(findingOf(ran.inverted, 'deadlock')).toBeUndefined();
  });

  it('deadlocks with it, and both sides are reported with their statements', () => {
    const { report, stdout, summary } = ran.deadlocked;
    const mixed = (report.deadlocks ?? []).filter(({ participants }) =>
      participants.some(({ session }) => session.kind === 'migration'),
    );
    expect(mixed.length).toBeGreaterThan(0);
    const sides = mixed[0]?.participants ?? [];
    expect(sides.filter(({ cancelled }) => cancelled)).toHaveLength(1);
    expect(sides.find(({ session }) => session.kind === 'migration')).toMatchObject({
      session: { query: 'ALTER TABLE accounts ADD COLUMN b int' },
      relation: 'accounts',
      mode: 'AccessExclusiveLock',
    });
    expect(sides.find(({ session }) => session.kind === 'traffic')).toMatchObject({
      session: { query: 'INSERT INTO entries (account_id, amount) VALUES ($1, 1)' },
      transactions: ['transfer'],
      relation: 'entries',
      mode: 'RowExclusiveLock',
    });
    expect(findingOf(ran.deadlocked, 'deadlock')?.severity).toBe('danger');
    expect(findingOf(ran.deadlocked, 'lock-order-inversion')?.severity).toBe('danger');
    for (const text of [stdout, summary])
      expect(text).toMatch(/the server cancelled (?:the migration|transfer)/);
  });
});

it('an index built concurrently tells for whose snapshot it waited', () => {
  const { report, stdout, summary } = ran.concurrently;
  const phases = report.migration?.steps[0]?.statements[0]?.phases ?? [];
  expect(phases.find(({ phase }) => phase === 'waiting for old snapshots')).toMatchObject({
    lockers: { total: expect.any(Number) as number },
    waitedFor: [{ session: { kind: 'actor', name: 'monthly_report' } }],
  });
  expect(stdout).toMatch(/waited .* for old snapshots of the actor monthly_report/);
  expect(summary).toContain('Phases of index builds');
});

it('each attempt tells how long it waited, behind whom, and what the traffic paid for it', () => {
  const { report, stdout, summary } = ran.attempts;
  const [first, ...more] = report.migration?.steps[0]?.attempts ?? [];
  expect(more.length).toBeGreaterThan(0);
  expect(first).toMatchObject({
    sqlState: '55P03',
    lock: { relation: 'accounts', mode: 'AccessExclusiveLock' },
    behind: { kind: 'actor', name: 'clerk' },
  });
  expect(first?.waited).toBeGreaterThan(200);
  expect(first?.impact?.waited).toBeGreaterThan(0);
  expect(stdout).toContain('arrivals that waited');
  expect(summary).toContain('Attempts, and what they cost the traffic');
});
