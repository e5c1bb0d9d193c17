import { describe, expect, it } from 'vitest';

import { client } from './clients.js';
import { overhear, SERVERS, told, witnessedServer } from './witnessed.js';

/* What the witness tells of the statements that go by. */

const SCHEMA = `
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, note text, amount int);
INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 50) n;
INSERT INTO orders SELECT n, 1 + n % 50, repeat('x', 50), n FROM generate_series(1, 2000) n;
ANALYZE;`;

describe.each(SERVERS)('on %s', (_, bin) => {
  const server = witnessedServer(bin, SCHEMA);

  it('locks, rewrites with their reason and scans of each statement of a transaction', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address);
      await it.query('BEGIN');
      await it.query('SET LOCAL lock_timeout = 5000');
      await it.query('CREATE TABLE extra (id int REFERENCES customers)');
      await it.query('UPDATE orders SET note = $1 WHERE amount < 0', ['none']);
      await it.query('ALTER TABLE orders ALTER amount TYPE bigint');
      await it.query('ROLLBACK');
      await it.end();
    });
    const [create, update, alter, ...more] = told(seen);
    expect(more).toEqual([]);
    expect(create).toMatchObject({
      text: 'CREATE TABLE extra (id int REFERENCES customers)',
      lockSource: 'own-session',
      rewritten: [],
      commands: [{ tag: 'CREATE TABLE', object: 'extra', completed: true }],
    });
    expect(create?.locks).toContainEqual(
      expect.objectContaining({ relation: 'customers', mode: 'ShareRowExclusiveLock', source: 'exact' }),
    );
    expect(update).toMatchObject({
      locks: [{ relation: 'orders', mode: 'RowExclusiveLock' }],
      scanned: [{ relation: 'orders' }],
    });
    expect(update).not.toHaveProperty('commands');
    expect(alter).toMatchObject({
      rewritten: [{ relation: 'orders', reasons: ['column-type'] }],
      commands: [{ tag: 'ALTER TABLE', object: 'orders', rewritten: ['orders'] }],
    });
    expect(alter?.locks).toContainEqual(
      expect.objectContaining({ relation: 'orders', mode: 'AccessExclusiveLock' }),
    );
    expect(alter?.walBytes).toBeGreaterThan(50_000);
    // All locks are held up to the same end, each from its own statement on.
    const held = (lock: { grantedAt: number; held: number } | undefined) => lock!.grantedAt + lock!.held;
    expect(held(create?.locks[0])).toBeCloseTo(held(alter?.locks[0]), 3);
  });

  it('commands of scripts, DO blocks and functions, and of statements outside of transactions', async () => {
    await server.run(`CREATE FUNCTION widen() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      ALTER TABLE customers ADD COLUMN code uuid DEFAULT gen_random_uuid(); END $$`);
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address);
      await it.query('ALTER TABLE orders ADD COLUMN a int; CREATE INDEX ON orders (customer)');
      await it.query('SELECT widen()');
      await it.query('ALTER TABLE customers DROP COLUMN code');
      await it.query('CREATE INDEX CONCURRENTLY orders_note ON orders (note)');
      await it.query('DROP INDEX orders_note');
      await it.query(
        'BEGIN; ALTER TABLE orders DROP COLUMN a; COMMIT; ALTER TABLE customers ADD COLUMN b int',
      );
      await it.end();
    });
    const [script, widen, drop, concurrently, index, two] = told(seen);
    expect(script).toMatchObject({
      lockSource: 'event-triggers',
      commands: [
        {
          tag: 'ALTER TABLE',
          object: 'orders',
          locks: [{ relation: 'orders', mode: 'AccessExclusiveLock' }],
        },
        { tag: 'CREATE INDEX', scanned: ['orders'], locks: [{ relation: 'orders', mode: 'ShareLock' }] },
      ],
    });
    expect(widen).toMatchObject({
      text: 'SELECT widen()',
      rewritten: [{ relation: 'customers', reasons: ['column-default'] }],
      commands: [
        { text: 'ALTER TABLE customers ADD COLUMN code uuid DEFAULT gen_random_uuid()', object: 'customers' },
      ],
    });
    expect(drop?.locks).toMatchObject([{ relation: 'customers', mode: 'AccessExclusiveLock' }]);
    // It has given its locks back when the trigger comes.
    expect(concurrently).toMatchObject({ lockSource: 'unseen', commands: [{ object: 'orders_note' }] });
    expect(index).toMatchObject({
      commands: [{ tag: 'DROP INDEX', object: 'orders_note' }],
      locks: [{ relation: 'orders', mode: 'AccessExclusiveLock' }],
    });
    const [first, second] = two!.locks;
    expect([first?.relation, second?.relation]).toEqual(['orders', 'customers']);
    expect(first!.grantedAt + first!.held).toBeLessThanOrEqual(second!.grantedAt);
  });

  it('a wait for a lock, and one that lock_timeout ended', async () => {
    const blocker = await client(server.connection());
    await blocker.query('BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE');
    const seen = await overhear(
      server.connection(),
      async (address) => {
        const it = await client(address);
        await expect(it.query('LOCK TABLE orders')).rejects.toMatchObject({ code: '25P01' });
        await expect(it.query('ALTER TABLE orders ADD COLUMN c int')).rejects.toMatchObject({
          code: '55P03',
        });
        await it.query("SET lock_timeout = 0; SET deadlock_timeout = '20ms'");
        const altered = it.query('DO $$ BEGIN ALTER TABLE orders ADD COLUMN c int; END $$');
        await blocker.query('SELECT pg_sleep(0.3)');
        await blocker.query('COMMIT');
        await altered;
        await it.end();
      },
      { lock_timeout: '100' },
    );
    await blocker.end();
    expect(seen.waits).toMatchObject([{ mode: 'AccessExclusiveLock', lockType: 'relation', end: 'granted' }]);
    const [, timedOut, , waited] = told(seen);
    expect(timedOut).toMatchObject({ error: { sqlState: '55P03' }, commands: [{ completed: false }] });
    expect(timedOut!.waiting / timedOut!.duration).toBeGreaterThan(0.5);
    expect(waited!.commands).toMatchObject([{ tag: 'ALTER TABLE', object: 'orders' }]);
    expect(waited!.waiting).toBeGreaterThan(200);
    expect(waited!.commands![0]!.waiting).toBe(waited!.waiting);
    expect(waited!.locks[0]!.waited).toBe(waited!.waiting);
    expect(waited!.locks[0]!.grantedAt).toBeGreaterThanOrEqual(waited!.startedAt + waited!.waiting);
  });
});
