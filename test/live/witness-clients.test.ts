import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';

import { statementRun } from '#rooms/migration/statement-run.js';
import type { ConnectionSettings } from '#rooms/target/index.js';
import { overhear, SERVERS, witnessedServer, type Overheard } from './witnessed.js';

/* Clients of every kind must get through the witness what they would get without it. */

const SCHEMA = `
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, note text, amount int);
INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 50) n;
INSERT INTO orders SELECT n, 1 + n % 50, repeat('x', 50), n FROM generate_series(1, 2000) n;
ANALYZE;`;

async function client(address: ConnectionSettings, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const { host, port, database, user, password } = address;
  const opened = new pg.Client({ host, port, database, user, password, ...options });
  await opened.connect();
  return opened;
}

/** As the report tells them. */
const told = ({ statements }: Overheard) =>
  statements.map((statement) => statementRun(statement, statement.releasedAt!, new Map()));

const textsOf = ({ statements }: Overheard) => statements.map(({ text }) => text);

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
    const [, timedOut, , waited] = told(seen);
    expect(timedOut).toMatchObject({ error: { sqlState: '55P03' }, commands: [{ completed: false }] });
    expect(timedOut!.waiting / timedOut!.duration).toBeGreaterThan(0.5);
    expect(waited!.commands).toMatchObject([{ tag: 'ALTER TABLE', object: 'orders' }]);
    expect(waited!.waiting).toBeGreaterThan(200);
    expect(waited!.commands![0]!.waiting).toBe(waited!.waiting);
    expect(waited!.locks[0]!.waited).toBe(waited!.waiting);
    expect(waited!.locks[0]!.grantedAt).toBeGreaterThanOrEqual(waited!.startedAt + waited!.waiting);
  });

  it("pg's own pipelining gets its answers in order, and each statement is told once", async () => {
    const seen = await overhear(server.connection(), async (address) => {
      const it = await client(address, { pipeline: true } as pg.ClientConfig);
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
    expect(told(seen).at(-1)?.notices).toEqual(['NOTICE: hello']);
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

/** As libpq does: a connection that says nothing else (manual, 55.2.10). */
async function cancel({ host, port }: ConnectionSettings, it: pg.Client): Promise<void> {
  const { processID, secretKey } = it as unknown as { processID: number; secretKey: number };
  const packet = Buffer.alloc(16);
  for (const [at, value] of [16, 80_877_102, processID, secretKey].entries())
    packet.writeInt32BE(value, 4 * at);
  const socket = connect(port, host);
  socket.write(packet);
  socket.resume();
  await once(socket, 'close');
}

type Part = string | Buffer;

/** Says what it is told to, message by message, and waits for as many ReadyForQuery as it has asked for. */
class RawClient {
  readonly rows: string[] = [];
  copied = 0;
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  readonly #ready: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk)).on('error', () => undefined);
  }

  /** On a connection that `pg` has opened. */
  static async open(address: ConnectionSettings): Promise<RawClient> {
    const { connection } = (await client(address)) as unknown as { connection: { stream: Socket } };
    connection.stream.removeAllListeners();
    return new RawClient(connection.stream);
  }

  async query(text: string): Promise<void> {
    const ready = this.#nextReady();
    this.begin(text);
    await ready;
  }

  begin(text: string): void {
    this.#socket.write(frame('Q', `${text}\0`));
  }

  async send(...messages: readonly (readonly [string, ...Part[]])[]): Promise<void> {
    const ready = this.#nextReady();
    this.#socket.write(Buffer.concat(messages.map(([type, ...parts]) => frame(type, ...parts))));
    await ready;
  }

  close(): void {
    this.#socket.destroy();
  }

  #nextReady(): Promise<void> {
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 5 && this.#unread.length > this.#unread.readInt32BE(1)) {
      const length = this.#unread.readInt32BE(1) + 1;
      const message = this.#unread.subarray(0, length);
      this.#unread = this.#unread.subarray(length);
      const type = String.fromCharCode(message[0]!);
      if (type === 'D') this.rows.push(message.toString('utf8', 11));
      if (type === 'd') this.copied += length - 5;
      if (type === 'Z') this.#ready.shift()?.();
    }
  }
}

function frame(type: string, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
