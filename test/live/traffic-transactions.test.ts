import { beforeEach, describe, expect, it } from 'vitest';

import { accountOf, drive, trafficOf, type Beside } from './driven.js';
import { sharedServer } from './shared-server.js';

/* What a transaction may consist of, against a real server. */

const SCHEMA = `
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10, 2));
INSERT INTO items SELECT n, 'it''s \\ ' || n, n FROM generate_series(1, 100) AS n;
CREATE TABLE log (slot bigint, a text, b text, c text)`;

const { connection, run } = sharedServer(SCHEMA);

beforeEach(() => run('TRUNCATE log'));

/** One transaction at 200/s for a second; every arrival must be accounted for. */
async function played(transaction: object, more: object = {}, beside: Beside = {}) {
  const content = {
    connections: 4,
    rate: '200/s',
    arrival: 'uniform',
    transactions: { it: transaction },
    ...more,
  };
  const recording = await drive(trafficOf(content, 42, beside), connection(), { lasts: 1_000 });
  const account = accountOf(recording);
  expect(account.planned).toBe(200);
  expect(account.completed + account.failed).toBe(200);
  return { recording, ...account };
}

describe.each(['named', 'unnamed', 'simple'])('with %s statements', (prepare) => {
  it('values are bound, captured and bound again as they are', async () => {
    const { completed } = await played(
      {
        params: { slot: 'sequence', id: 'int 1..100' },
        steps: [
          'begin',
          {
            query: 'SELECT name, price, NULL::text AS nothing FROM items WHERE id = :id',
            capture: { name: 'name', price: 'price', nothing: 'nothing' },
          },
          { query: 'INSERT INTO log VALUES (:slot, :name, :price, :nothing)' },
          { query: "SELECT ':id', $$:name$$ FROM items WHERE id = :id AND name = :name" },
          'commit',
        ],
      },
      { prepare },
    );
    expect(completed).toBe(200);
    const rows = await run(
      'SELECT count(*)::int AS n, count(DISTINCT slot)::int AS slots, count(c)::int AS nothing FROM log JOIN items ON items.name = log.a AND items.price = log.b::numeric',
    );
    expect(rows).toEqual([{ n: 200, slots: 200, nothing: 0 }]);
  });
});

it('named statements are prepared before the first arrival, others never', async () => {
  const counted = { query: 'INSERT INTO log SELECT 0, count(*)::text FROM pg_prepared_statements' };
  const found = async (prepare: string) => {
    await run('TRUNCATE log');
    await played(counted, { prepare });
    return await run('SELECT DISTINCT a FROM log');
  };
  expect(await found('named')).toEqual([{ a: '1' }]);
  expect(await found('unnamed')).toEqual([{ a: '0' }]);
  expect(await found('simple')).toEqual([{ a: '0' }]);
});

describe('expect', () => {
  it('fails an arrival that got something else than the application takes for granted', async () => {
    const { recording, failed } = await played({
      params: { id: 'int 1..200' },
      steps: [
        'begin',
        { query: 'SELECT id FROM items WHERE id = :id', expect: { rows: 1 } },
        { query: 'INSERT INTO log VALUES (:id)' },
        'commit',
      ],
    });
    // Half of the ids are not there; such an arrival is rolled back, and its connection serves the next.
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(140);
    expect(recording.transactions[0]!.failedByClass).toEqual({ expectation: failed });
    expect(recording.errors).toMatchObject([
      { class: 'expectation', message: 'expected 1 rows, found 0', count: failed },
    ]);
    expect(
      await run('SELECT count(*)::int AS n, count(*) FILTER (WHERE slot > 100)::int AS wrong FROM log'),
    ).toEqual([{ n: 200 - failed, wrong: 0 }]);
  });

  it('looks at columns of the first row, and at rows that were changed', async () => {
    const { completed } = await played({
      steps: [
        {
          query: 'SELECT true AS yes, NULL AS no, 5 AS five',
          expect: { columns: { yes: true, no: null, five: 5 } },
        },
        { query: 'UPDATE items SET price = price WHERE id <= 3', expect: { rows: 3 } },
        { query: 'DELETE FROM items WHERE id > 1000', expect: { rows: '< 1' } },
      ],
    });
    expect(completed).toBe(200);
  });
});

describe('ways', () => {
  it('are taken by their weights, the same again with the same seed', async () => {
    const branching = {
      params: { slot: 'sequence' },
      steps: [
        {
          branch: [
            { weight: 3, steps: [{ query: "INSERT INTO log VALUES (:slot, 'often')" }] },
            { weight: 1, steps: [{ query: "INSERT INTO log VALUES (:slot, 'rarely')" }] },
          ],
        },
        { query: 'SELECT 1' },
      ],
    };
    const rows = async () => {
      await run('TRUNCATE log');
      await played(branching);
      return await run('SELECT slot::int, a FROM log ORDER BY slot');
    };
    const [first, second] = [await rows(), await rows()];
    expect(second).toEqual(first);
    const rarely = first.filter(({ a }) => a === 'rarely').length;
    expect(first.length).toBe(200);
    expect(rarely).toBeGreaterThan(25);
    expect(rarely).toBeLessThan(75);
  });

  it('are taken by what is so', async () => {
    await played({
      params: { slot: 'sequence' },
      steps: [
        { let: { half: ':slot / 2', odd: ':slot % 2' } },
        {
          if: ':odd = 1',
          then: [{ query: "INSERT INTO log VALUES (:slot, 'odd', :half)" }],
          else: [{ query: "INSERT INTO log VALUES (:slot, 'even', :half)" }],
        },
      ],
    });
    const wrong = await run("SELECT * FROM log WHERE (a = 'odd') <> (slot % 2 = 1) OR b::int <> slot / 2");
    expect(wrong).toEqual([]);
    expect(await run('SELECT count(*)::int AS n FROM log')).toEqual([{ n: 200 }]);
  });
});

describe('a pgbench script', () => {
  const SCRIPT = `-- as pgbench takes it
\\set aid random(1, 100 * :scale)
\\set twice :aid * 2
BEGIN;
SELECT price AS price,
       name FROM items WHERE id = :aid \\gset found_
\\if :twice > 100
INSERT INTO log VALUES (:aid, 'much', :found_price, :client_id);
\\else
INSERT INTO log VALUES (:aid, 'little', :found_price, :client_id);
\\endif
\\sleep 1 ms
END;
`;

  it('does what it says', async () => {
    const { completed } = await played({ file: 'shop.sql' }, {}, { 'shop.sql': SCRIPT });
    expect(completed).toBe(200);
    const wrong = await run(
      "SELECT * FROM log WHERE b::numeric <> slot OR (a = 'much') <> (slot * 2 > 100) OR c::int NOT BETWEEN 0 AND 3",
    );
    expect(wrong).toEqual([]);
    expect(await run('SELECT count(*)::int AS n FROM log')).toEqual([{ n: 200 }]);
  });

  it('that can not be evaluated fails its arrivals, and keeps nothing busy', async () => {
    const script = '\\set zero 0\n\\set x 1 / :zero\nSELECT :x;\n';
    const { recording, failed } = await played({ file: 'x.sql' }, {}, { 'x.sql': script });
    expect(failed).toBe(200);
    expect(recording.errors).toMatchObject([{ class: 'other', message: 'division by zero', count: 200 }]);
  });

  it('is checked on the server with its own lines', async () => {
    const script = 'SELECT 1;\n\nSELECT nothing FROM items;\n';
    await expect(played({ file: 'x.sql' }, {}, { 'x.sql': script })).rejects.toMatchObject({
      code: 'traffic.refused',
      message: expect.stringMatching(/^x\.sql:3:.*column "nothing" does not exist/) as string,
    });
  });
});

it('a session that idles in its transaction is cut off by the server, and comes back', async () => {
  const { recording, failed } = await played(
    {
      params: { slot: 'sequence' },
      steps: [
        'begin',
        { query: 'SELECT 1' },
        { if: ':slot = 20', then: [{ think: '700ms' }] },
        { query: 'SELECT 2' },
        'commit',
      ],
    },
    { idle_in_transaction_session_timeout: '200ms' },
  );
  expect(failed).toBe(1);
  expect(recording.errors).toMatchObject([{ class: 'connection', sqlState: '25P03', count: 1 }]);
  expect(recording.generator).toMatchObject({ connectionsLost: 1, reconnects: 1 });
});

it('isolation is what the sessions begin with, unless a transaction says otherwise', async () => {
  const level = "current_setting('transaction_isolation')";
  await played(
    {
      params: { slot: 'sequence' },
      steps: [
        { query: `INSERT INTO log VALUES (:slot, ${level})` },
        { begin: 'serializable', read_only: true },
        {
          query: `SELECT ${level} AS level, current_setting('transaction_read_only') AS readonly`,
          expect: { columns: { level: 'serializable', readonly: 'on' } },
        },
        'commit',
      ],
    },
    { isolation: 'repeatable read' },
  );
  expect(await run('SELECT DISTINCT a FROM log')).toEqual([{ a: 'repeatable read' }]);
});

it('a big row that nobody captures, and one that somebody does, come in pieces', async () => {
  const { completed } = await played({
    params: { slot: 'sequence' },
    steps: [
      { query: "SELECT repeat('x', 300000) AS big, 1 AS one" },
      { query: "SELECT repeat('é', 200000) AS big, generate_series(1, 3)", capture: { big: 'big' } },
      { query: 'INSERT INTO log VALUES (:slot, length(:big))' },
    ],
  });
  expect(completed).toBe(200);
  expect(await run('SELECT DISTINCT a FROM log')).toEqual([{ a: '200000' }]);
});

it('nothing of ours is left on the server', async () => {
  expect(await run("SELECT query FROM pg_stat_activity WHERE application_name = 'rehearse/traffic'")).toEqual(
    [],
  );
});
