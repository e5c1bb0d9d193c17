import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ComparedStatement, ReportFile } from '#rooms/result/index.js';
import { connect } from '#rooms/target/index.js';
import { ledger, WIDE_VALIDITY } from './ledger.js';
import { marked } from './marked.js';
import { newHome, only, rehearse, startRehearsal, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

/* Each statement of the traffic alone, before and after. */

const TRAFFIC = {
  connections: 4,
  rate: '40/s',
  mix: { entries_of: 1, book: 1 },
  transactions: {
    entries_of: {
      query: 'SELECT sum(amount) FROM entries WHERE account_id = :account',
      params: { account: 'accounts.id' },
    },
    book: {
      params: {
        account: 'accounts.id',
        number: 'sequence from 1_000_000',
        owner_name: { values: ["O'Hara"] },
      },
      steps: [
        'begin',
        {
          query: 'INSERT INTO accounts (id, owner) VALUES (:number, :owner_name) RETURNING id',
          capture: { fresh: 'id' },
        },
        { query: 'INSERT INTO entries (account_id) VALUES (:fresh)' },
        { query: 'LOCK TABLE entries IN ROW EXCLUSIVE MODE' },
        { query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :account', expect: { rows: 1 } },
        'commit',
      ],
    },
  },
};
const ON = { statement_benchmark: true };
const SCENARIOS = {
  dropped: {
    traffic: TRAFFIC,
    entries: 30_000,
    indexed: true,
    migration: { sql: 'DROP INDEX entries_account_id_idx' },
    more: ON,
  },
  added: {
    traffic: TRAFFIC,
    entries: 30_000,
    migration: { sql: 'CREATE INDEX IF NOT EXISTS by_account ON entries (account_id)' },
    more: { ...ON, rerun: true },
  },
  broken: {
    traffic: TRAFFIC,
    migration: { sql: 'ALTER TABLE accounts RENAME COLUMN owner TO holder' },
    more: ON,
  },
};

let home: TestHome;
let ran: Readonly<Record<keyof typeof SCENARIOS, OneOfSeveral>>;

beforeAll(async () => {
  home = newHome();
  ran = await rehearsedTogether(home, SCENARIOS);
});

afterAll(() => home[Symbol.asyncDispose]());

function alone({ statementBenchmark }: ReportFile, text: RegExp): ComparedStatement {
  const found = statementBenchmark?.statements.find(({ statement }) => text.test(statement));
  if (found === undefined) throw new Error(JSON.stringify(statementBenchmark, undefined, 1));
  return found;
}

const SUM = /^SELECT sum/;

describe('a statement alone', () => {
  it('is slower, by another plan, when its index is gone', () => {
    const { report, stdout, summary } = ran.dropped;
    const one = alone(report, SUM);
    expect(one, JSON.stringify(report.warnings)).toMatchObject({
      verdict: 'slower',
      planChanged: true,
      newIndexesUsed: [],
      before: { kind: 'measured', arrivals: 3, rows: 1 },
      after: { kind: 'measured', executed: { rows: 1 } },
    });
    expect(one.ratio!.low).toBeGreaterThan(1.25);
    if (one.before.kind !== 'measured' || one.after?.kind !== 'measured') throw new Error('not measured');
    expect(one.before.executed!.plan.nodes.some(({ index }) => index === 'entries_account_id_idx')).toBe(
      true,
    );
    expect(one.after.executed!.blocksHit).toBeGreaterThan(one.before.executed!.blocksHit);
    expect(stdout).toMatch(/entries_of: SELECT sum[^]*alone where it took[^]*by another plan/);
    expect(summary).toContain('Each statement alone, before and after');
  });

  it('is faster by a new index, and its undone writes are none of the second run', () => {
    const { report } = ran.added;
    expect(alone(report, SUM)).toMatchObject({
      verdict: 'faster',
      planChanged: true,
      newIndexesUsed: ['by_account'],
    });
    expect(report.rerun).toMatchObject({ outcome: 'unchanged', rows: [] });
  });

  it('has what the statements before it return, and those that can not be tried are told', () => {
    const { statements, leftOut } = ran.dropped.report.statementBenchmark!;
    expect(statements.map(({ statement }) => statement.replace(/ (?:\(|WHERE|SET).*/, ''))).toEqual([
      'SELECT sum(amount) FROM entries',
      'INSERT INTO accounts',
      'INSERT INTO entries',
      'UPDATE accounts',
    ]);
    expect(statements.every(({ verdict }) => verdict !== 'not-comparable')).toBe(true);
    expect(leftOut).toMatchObject([
      { transaction: 'book', statement: expect.stringMatching(/^LOCK/) as string },
    ]);
  });

  it('that breaks is told, and so are those that it keeps from being reached', () => {
    const { report } = ran.broken;
    const message = 'column "owner" of relation "accounts" does not exist';
    expect(alone(report, /^INSERT INTO accounts/)).toMatchObject({
      verdict: 'not-comparable',
      before: { kind: 'measured' },
      after: { kind: 'failed', message },
    });
    const later = alone(report, /^UPDATE/);
    expect(later.verdict).toBe('not-comparable');
    expect(later.reason).toBe(`its transaction does not come to it: ${message}`);
  });
});

it('Ctrl-C meanwhile ends with a partial report', async () => {
  await using own = newHome();
  const slow = { transactions: { slow: { query: 'SELECT pg_sleep(1.5)' } }, connections: 1, rate: '1/s' };
  const run = startRehearsal(own, [
    ledger(own.files, { migration: { sql: 'SELECT 1' }, traffic: { ...slow, mix: { slow: 1 } }, more: ON }),
  ]);
  await run.says(/each statement of the traffic alone/);
  run.signal('SIGINT');
  const rehearsed = await run.reported();
  expect(rehearsed.exitCode).toBe(130);
  expect(only(rehearsed).report.outcome).toEqual({ kind: 'interrupted', during: 'starting' });
});

describe('on a database that is there already', () => {
  const server = sharedServer('CREATE DATABASE shop');
  const onShop = async (sql: string) => {
    const { withSession } = await import('#rooms/target/index.js');
    const connection = { ...server.connection(), database: 'shop' };
    return (await withSession(connection, 'audit', (session) => session.query(sql))).rows;
  };

  const rehearsed = async (own: TestHome, more: object): Promise<ReportFile> => {
    const path = join(own.files, 'existing.yaml');
    const content = {
      dataset: 'existing',
      databases: ['shop'],
      traffic: {
        connections: 2,
        rate: '40/s',
        // Only tried alone: no arrival of a run this short is one.
        mix: { read: 1_000_000_000, write: 0.000_001 },
        transactions: {
          read: { query: 'SELECT note FROM notes WHERE id = :id', params: { id: 'notes.id' } },
          write: {
            steps: [
              { query: "INSERT INTO notes (note) VALUES ('new')" },
              { query: 'DELETE FROM notes WHERE id = :id' },
            ],
            params: { id: 'notes.id' },
          },
        },
      },
      phases: { warmup: '200ms', baseline: '500ms', migration: { min: '200ms' }, recovery: '200ms' },
      migration: { sql: 'SELECT 1' },
      validity: WIDE_VALIDITY,
      thresholds: { failed: 'count == 0' },
      ...more,
    };
    writeFileSync(path, JSON.stringify(content));
    const { host, port, user, password } = server.connection();
    const target = `postgres://${user}@${host}:${port}/shop`;
    const words = [path, '--target', target, '--in-place'];
    return only(await rehearse(own, words, { environment: { PGPASSWORD: password } })).report;
  };

  it('statements are tried only where that is asked for, and leave no row and no session', async () => {
    await onShop('CREATE TABLE notes (id bigserial PRIMARY KEY, note text)');
    await onShop("INSERT INTO notes (note) SELECT 'note ' || n FROM generate_series(1, 500) AS n");
    await using own = newHome();
    const content =
      'SELECT md5(string_agg(n::text, $$ $$ ORDER BY id)) AS content, count(*)::int AS n FROM notes n';
    const before = await onShop(content);
    // Nothing is copied, and its own rows are at stake.
    await marked({ ...server.connection(), database: 'shop' });
    await using colleague = await connect({ ...server.connection(), database: 'shop' }, 'audit');
    const without = await rehearsed(own, {});
    expect(without.statementBenchmark).toBeUndefined();
    const asked = await rehearsed(own, ON);
    expect(asked.warnings).toContainEqual(
      expect.stringContaining('rehearsed in shop itself, which is not put back as it was'),
    );
    expect(asked.statementBenchmark?.statements.map(({ before: { kind } }) => kind)).toEqual([
      'measured',
      'measured',
      'measured',
    ]);
    expect(await onShop(content)).toEqual(before);
    expect(
      await onShop("SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%'"),
    ).toHaveLength(2);
    expect(colleague.isLost).toBe(false);
  });
});
