import { once } from 'node:events';
import { connect } from 'node:net';

import { describe, expect, it, vi } from 'vitest';

import { startupPacket } from '#rooms/migration/witness/startup.js';
import type { ConnectionSettings } from '#rooms/target/index.js';
import { cancel, client, RawClient } from './clients.js';
import { overhear, SERVERS, told, witnessedServer, type Overheard } from './witnessed.js';

/* Clients of every kind must get through the witness what they would get without it. */

const SCHEMA = `
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'note' FROM generate_series(1, 100) n;`;

const textsOf = ({ statements }: Overheard) => statements.map(({ text }) => text);

describe.each(SERVERS)('on %s', (_, bin) => {
  const server = witnessedServer(bin, SCHEMA);

  it("pg's own pipelining gets its answers in order, and each statement is told once", async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address, { pipeline: true });
      const results = await Promise.allSettled([
        it.query('SELECT 1 AS n'),
        it.query('SELECT $1::int AS n', [2]),
        it.query('SELECT 1 / 0'),
        it.query('SELECT $1::int AS n', [4]),
        it.query({ name: 'five', text: 'SELECT 5 AS n' }),
        it.query({ name: 'five', text: 'SELECT 5 AS n' }),
      ]);
      expect(
        results.map((one) =>
          one.status === 'fulfilled' ? (one.value.rows[0] as { n: number }).n : 'failed',
        ),
      ).toEqual([1, 2, 'failed', 4, 5, 5]);
      await it.end();
    });
    expect(seen.statements.map(({ text, error }) => [text, error?.sqlState])).toEqual([
      ['SELECT 1 AS n', undefined],
      ['SELECT $1::int AS n', undefined],
      ['SELECT 1 / 0', '22012'],
      ['SELECT $1::int AS n', undefined],
      ['SELECT 5 AS n', undefined],
      ['SELECT 5 AS n', undefined],
    ]);
  });

  it('an unnamed statement that was parsed ahead is still there when it is bound in a transaction', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const raw = await RawClient.open(address);
      await raw.query('BEGIN');
      await raw.query('CREATE TABLE made_by_hand (id int)');
      await raw.send(['P', '\0SELECT 42\0', Buffer.alloc(2)], ['S']);
      await raw.send(['B', '\0\0', Buffer.alloc(6)], ['E', '\0', Buffer.alloc(4)], ['S']);
      // The same portal row by row, and a batch of which the second fails.
      await raw.send(['P', 'rows\0SELECT generate_series(1, 3)\0', Buffer.alloc(2)], ['S']);
      await raw.send(['B', 'p\0rows\0', Buffer.alloc(6)], ['E', 'p\0', Buffer.from([0, 0, 0, 2])], ['S']);
      await raw.send(['E', 'p\0', Buffer.from([0, 0, 0, 2])], ['S']);
      await raw.query('ROLLBACK');
      raw.close();
      expect(raw.rows).toEqual(['42', '1', '2', '3']);
    });
    expect(textsOf(seen)).toEqual([
      'CREATE TABLE made_by_hand (id int)',
      'SELECT 42',
      'SELECT generate_series(1, 3)',
    ]);
  });

  it('BEGIN may still be followed by SET TRANSACTION, and LOCK comes before the snapshot', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address);
      await it.query('BEGIN');
      await it.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE');
      await it.query('SELECT count(*) FROM orders');
      await it.query('COMMIT');
      await it.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await it.query('LOCK TABLE orders IN SHARE MODE');
      await it.query('SAVEPOINT a');
      await it.query('ALTER TABLE orders ADD COLUMN gone int');
      await it.query('ROLLBACK TO a');
      await it.query('DEALLOCATE ALL');
      await it.query('ALTER TABLE orders ALTER COLUMN note SET DEFAULT 1');
      await it.query('COMMIT');
      await it.end();
    });
    const [, lock, gone, again] = told(seen);
    expect(lock?.locks).toMatchObject([{ relation: 'orders', mode: 'ShareLock' }]);
    expect(gone?.locks).toMatchObject([{ relation: 'orders', mode: 'AccessExclusiveLock' }]);
    expect(again?.locks).toMatchObject([{ relation: 'orders', mode: 'AccessExclusiveLock' }]);
  });

  it('rows that are copied in and out pass through', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const raw = await RawClient.open(address);
      const line = Buffer.from(`${'y'.repeat(70_000)}\n`);
      await raw.query('CREATE TABLE copied (line text)');
      await raw.query('BEGIN');
      raw.begin('COPY copied FROM STDIN');
      await raw.send(['d', line], ['d', line], ['c']);
      // By the extended protocol, everything sent ahead: the server forgets the Sync before the data.
      await raw.send(
        ['P', '\0COPY copied FROM STDIN\0', Buffer.alloc(2)],
        ['B', '\0\0', Buffer.alloc(6)],
        ['E', '\0', Buffer.alloc(4)],
        ['S'],
        ['d', line],
        ['c'],
        ['S'],
      );
      await raw.query('SELECT count(*) FROM copied');
      await raw.query('COPY (SELECT line FROM copied) TO STDOUT');
      await raw.query('COMMIT');
      raw.begin('COPY copied FROM STDIN');
      await raw.send(['f', 'enough\0']);
      raw.close();
      expect(raw.rows).toEqual(['3']);
      expect(raw.copied).toBe(3 * line.length);
    });
    expect(seen.statements.map(({ text, tag, error }) => [text, tag, error?.sqlState])).toEqual([
      ['CREATE TABLE copied (line text)', 'CREATE TABLE', undefined],
      ['COPY copied FROM STDIN', 'COPY', undefined],
      ['COPY copied FROM STDIN', 'COPY', undefined],
      ['SELECT count(*) FROM copied', 'SELECT', undefined],
      ['COPY (SELECT line FROM copied) TO STDOUT', 'COPY', undefined],
      ['COPY copied FROM STDIN', '', '57014'],
    ]);
    expect(told(seen)[1]?.locks).toMatchObject([{ relation: 'copied', mode: 'RowExclusiveLock' }]);
  });

  it('many connections at once keep their statements apart', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      await Promise.all(
        Array.from({ length: 15 }, async (_, n) => {
          const it = await client(address);
          await it.query('BEGIN');
          await it.query(`CREATE TABLE at_once_${n} (id int)`);
          await it.query('COMMIT');
          await it.end();
        }),
      );
    });
    expect(new Set(seen.pids).size).toBe(15);
    expect(seen.sessions).toBe(15);
    expect(new Set(seen.statements.map(({ pid }) => pid))).toEqual(new Set(seen.pids));
    for (const statement of told(seen))
      expect(statement.locks.map(({ relation }) => relation)).toEqual([statement.commands![0]!.object]);
  });

  const SLEEPS = (seconds: number) =>
    `SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(${seconds})' AND state = 'active'`;
  const sleeping = (seconds: number) =>
    vi.waitFor(async () => expect(await server.run(SLEEPS(seconds))).toHaveLength(1), { timeout: 30_000 });

  it('a cancel arrives, and who just goes away does not leave its statement running', async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address);
      const cancelled = expect(it.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
      await sleeping(60);
      await cancel(address, it);
      await cancelled;
      const gone = await RawClient.open(address);
      gone.begin('SELECT pg_sleep(61)');
      await sleeping(61);
      gone.close();
      await it.end();
    });
    expect(seen.statements.map(({ text, error }) => [text, error?.sqlState])).toEqual([
      ['SELECT pg_sleep(60)', '57014'],
      ['SELECT pg_sleep(61)', '57014'],
    ]);
    expect(await server.run("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)'")).toEqual(
      [],
    );
  });

  it('a client that insists on TLS is told that there is none', async () => {
    await overhear(server.connection(), async (address) => {
      await expect(client(address, { ssl: true })).rejects.toThrow('does not support SSL');
    });
  });

  it('nobody comes in without its password, nor into another database or as somebody else', async () => {
    await server.run('CREATE ROLE somebody LOGIN');
    const seen = await overhear(server.connection(), async (address) => {
      const own = server.connection().password;
      const turnedAway = (code: string, given: Partial<ConnectionSettings>) =>
        expect(client({ ...address, ...given })).rejects.toMatchObject({ code });
      expect(address.password).not.toBe(own);
      await turnedAway('28P01', { password: own });
      await turnedAway('28P01', { password: `${address.password}x` });
      await turnedAway('28P01', { password: own, user: 'somebody' });
      await turnedAway('28000', { user: 'somebody' });
      await turnedAway('28000', { database: 'template1' });
      // Who says nothing, breaks off or speaks another language is nobody's trouble, even if he stays.
      const { user, database } = address;
      const startup = startupPacket(196_608, new Map(Object.entries({ user, database })));
      for (const said of [
        'GET / HTTP/1.1\r\n',
        '',
        startup,
        Buffer.concat([startup, Buffer.from('p\0\0\0\x20half')]),
      ])
        for (const ends of [true, false]) {
          const socket = connect(address.port, address.host).on('error', () => undefined);
          await once(socket, 'connect');
          socket.resume().write(said);
          if (ends) socket.end();
        }
      const it = await client(address);
      const { rows } = await it.query('SELECT current_user::text AS name');
      expect(rows).toEqual([{ name: server.connection().user }]);
      await it.end();
    });
    expect(seen.sessions).toBe(1);
    expect(textsOf(seen)).toEqual(['SELECT current_user::text AS name']);
  });

  it("the tool's own settings win, and it is not told what it did not ask for", async () => {
    const notices: string[] = [];
    const seen = await overhear(
      server.connection(),
      async (address) => {
        const it = await client(address, { options: '-c lock_timeout=7s', application_name: 'a tool' });
        it.on('notice', ({ severity, message }) => notices.push(`${severity ?? ''}: ${message ?? ''}`));
        const { rows } = await it.query(
          "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement",
        );
        expect(rows).toEqual([{ lock: '7s', statement: '9s' }]);
        await it.query('SET client_min_messages = error');
        await it.query('ALTER TABLE orders ADD COLUMN quiet int');
        await it.query('RESET client_min_messages');
        await it.query("DO $$ BEGIN RAISE NOTICE 'hello'; RAISE LOG 'to the log'; END $$");
        await it.end();
      },
      { lock_timeout: '1000', statement_timeout: '9000' },
    );
    expect(notices).toEqual(['NOTICE: hello']);
    const alter = told(seen).find(({ text }) => text.startsWith('ALTER'));
    expect(alter?.commands).toMatchObject([{ object: 'orders' }]);
    expect(told(seen).at(-1)?.notices).toMatchObject([{ severity: 'NOTICE', message: 'hello' }]);
  });

  it('costs a client little', async () => {
    const work = async (address: ConnectionSettings): Promise<number> => {
      const it = await client(address);
      const started = performance.now();
      for (let n = 0; n < 2_000; n++) await it.query('SELECT $1::int', [n]);
      const took = performance.now() - started;
      await it.end();
      return took;
    };
    const through: number[] = [];
    const direct: number[] = [];
    for (let round = 0; round < 3; round++) {
      direct.push(await work(server.connection()));
      await overhear(server.connection(), async (address) => void through.push(await work(address)));
    }
    const ratio = Math.min(...through) / Math.min(...direct);
    process.stdout.write(`2,000 statements through the witness: ${ratio.toFixed(2)} times as long\n`);
    expect(ratio).toBeLessThan(6);
  });
});
