import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Finding } from '#rooms/result/index.js';

import { READ_ONLY } from './ledger.js';
import { newHome, ROOT, type TestHome } from './rehearsal.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

/* Hazards of locks, provoked on a real server. */

/** Locks a table, and does nothing for a while in the same transaction. */
const IDLING = `
const { createRequire } = require('node:module');
const { Client } = createRequire(${JSON.stringify(`${ROOT}package.json`)})('pg');
(async () => {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('BEGIN');
  await client.query('ALTER TABLE accounts ADD COLUMN remark text');
  await new Promise((done) => setTimeout(done, 1200));
  await client.query('COMMIT');
  await client.end();
})();`;
const QUOTE = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const CHANGE_BALANCE = {
  query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :account',
  params: { account: 'accounts.id' },
};
const READ_ENTRY = {
  query: 'SELECT amount FROM entries WHERE id = :entry',
  params: { entry: 'entries.id' },
};
const WRITING = {
  rate: '60/s',
  mix: { change_balance: 1 },
  transactions: { change_balance: CHANGE_BALANCE },
};
const SCENARIOS = {
  referenced: {
    migration: { sql: 'BEGIN; DROP TABLE entries; SELECT pg_sleep(1); COMMIT' },
    traffic: READ_ONLY,
  },
  referring: {
    migration: { sql: 'CREATE TABLE notes (id int, account_id bigint REFERENCES accounts)' },
    traffic: READ_ONLY,
  },
  updated: {
    migration: { sql: 'BEGIN; UPDATE accounts SET balance = 0; SELECT pg_sleep(1); COMMIT' },
    traffic: WRITING,
  },
  // Prepared, and planned once and for all: it needs the index because it reads by it.
  reindexed: {
    migration: { sql: 'BEGIN; REINDEX INDEX entries_pkey; SELECT pg_sleep(1); COMMIT' },
    traffic: { mix: { read_entry: 1 }, transactions: { read_entry: READ_ENTRY } },
  },
  idled: { migration: { command: `node -e ${QUOTE(IDLING)}` }, traffic: READ_ONLY },
};

let home: TestHome;
let ran: Readonly<Record<keyof typeof SCENARIOS, OneOfSeveral>>;

beforeAll(async () => {
  home = newHome();
  ran = await rehearsedTogether(home, SCENARIOS);
});

afterAll(() => home[Symbol.asyncDispose]());

function findings({ report }: OneOfSeveral, id: string): readonly Finding[] {
  return (report.judgement?.findings ?? []).filter((finding) => finding.id === id);
}

it('DROP TABLE locks the table that it refers to, and its traffic waits', () => {
  const [finding] = findings(ran.referenced, 'other-table-locked');
  expect(finding, ran.referenced.stdout).toMatchObject({ relation: 'accounts' });
  expect(finding?.severity).not.toBe('info');
  expect(finding?.evidence.join('\n')).toMatch(/requests? of the traffic waited for accounts/);
});

it('a new foreign key locks the table that it refers to', () => {
  expect(findings(ran.referring, 'other-table-locked'), ran.referring.stdout).toMatchObject([
    { relation: 'accounts', title: expect.stringContaining('writes to accounts') as string },
  ]);
});

it('row locks of one big UPDATE block writes, and nothing else does', () => {
  const found = findings(ran.updated, 'writes-blocked');
  expect(found, ran.updated.stdout).toMatchObject([{ relation: 'accounts' }]);
  expect(found[0]?.title).toContain('writes to rows of accounts');
  expect(findings(ran.updated, 'reads-blocked')).toEqual([]);
});

it('REINDEX blocks reads through the lock on its index', () => {
  const found = findings(ran.reindexed, 'reads-blocked');
  expect(found, ran.reindexed.stdout).toMatchObject([{ relation: 'entries' }]);
  expect(found[0]?.title).toContain('its index entries_pkey');
});

it('a lock is held while a command idles, until no connection is free', () => {
  const [held] = findings(ran.idled, 'lock-held');
  expect(held, ran.idled.stdout).toMatchObject({ relation: 'accounts' });
  expect(held?.evidence.join('\n')).toContain('idled in the transaction');
  const [exhausted] = findings(ran.idled, 'pool-exhausted');
  expect(exhausted, ran.idled.stdout).toMatchObject({ step: 0, relation: 'accounts' });
  expect(exhausted?.evidence.join('\n')).toMatch(/6 sessions at a time waited/);
});
