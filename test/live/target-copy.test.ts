import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  connect,
  sqlStateOf,
  withSession,
  type ConnectionSettings,
  type Home,
  type Instance,
  type Session,
} from '#rooms/target/index.js';
import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

let directory: string;
let home: Home;
let instance: Instance;
let settings: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  instance = started.instance;
  settings = started.server.connection;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

describe('copyIn', () => {
  it('loads binary rows and counts them', async () => {
    await using session = await tableFor('loaded');
    expect(await session.copyIn(COPY('loaded'), chunks(40, 1_000))).toBe(40_000);
    const { rows } = await session.query(
      'SELECT count(*), sum(id)::int8, min(length(v)), max(length(v)) FROM loaded',
    );
    expect(rows).toEqual([{ count: '40000', sum: String((40_000 * 39_999) / 2), min: 100, max: 100 }]);
  });

  it('waits for the server: a source is not drawn ahead of a table that is locked', async () => {
    await using session = await tableFor('locked');
    await using blocker = await connect(settings, 'actor');
    await session.query(
      'CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$',
    );
    await session.query(
      'CREATE TRIGGER wait_for_lock BEFORE INSERT ON locked FOR EACH STATEMENT EXECUTE FUNCTION wait_for_lock()',
    );
    await blocker.query('SELECT pg_advisory_lock(7)');
    let drawn = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of chunks(100, 10_000)) {
        drawn += chunk.length;
        yield chunk;
      }
    }
    const copied = session.copyIn(COPY('locked'), counted());
    const WAITING = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
    while ((await blocker.query(WAITING, [session.pid])).rowCount === 0);
    // Ten more round trips of another session are time enough for a source that nobody holds back.
    for (let round = 0; round < 10; round++)
      await blocker.query('SELECT count(*) FROM generate_series(1, 200000)');
    const total = 100 * 10_000 * ROW_BYTES;
    expect(drawn).toBeLessThan(total / 4);
    await blocker.query('SELECT pg_advisory_unlock(7)');
    expect(await copied).toBe(1_000_000);
  });

  it('gives the error of the source, keeps no row and leaves the session usable', async () => {
    await using session = await tableFor('broken');
    const failure = new Error('the source broke');
    async function* broken(): AsyncGenerator<Buffer> {
      for await (const chunk of chunks(3, 1_000)) yield chunk;
      throw failure;
    }
    await expect(session.copyIn(COPY('broken'), broken())).rejects.toBe(failure);
    expect((await session.query('SELECT count(*) FROM broken')).rows).toEqual([{ count: '0' }]);
    expect(await session.copyIn(COPY('broken'), chunks(1, 10))).toBe(10);
  });

  it('gives the error of the server, stops the source and leaves the session usable', async () => {
    await using session = await tableFor('refused');
    await session.query('ALTER TABLE refused ADD CHECK (id < 1500)');
    let isStopped = false;
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        yield* chunks(1_000, 1_000);
      } finally {
        isStopped = true;
      }
    }
    const error: unknown = await session
      .copyIn(COPY('refused'), watched())
      .catch((thrown: unknown) => thrown);
    expect(sqlStateOf(error)).toBe('23514');
    expect((await session.query('SELECT count(*) FROM refused')).rows).toEqual([{ count: '0' }]);
    expect(isStopped).toBe(true);
  });

  it('into a table that is not there is the error of the server', async () => {
    await using session = await connect(settings, 'seed');
    const error: unknown = await session
      .copyIn(COPY('not_there'), chunks(1, 1))
      .catch((thrown: unknown) => thrown);
    expect(sqlStateOf(error)).toBe('42P01');
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('on a connection that breaks midway rejects', async () => {
    const session = await tableFor('cut');
    async function* cut(): AsyncGenerator<Buffer> {
      for await (const chunk of chunks(1_000, 10_000)) {
        yield chunk;
        if (!session.isLost) {
          await withSession(settings, 'audit', (audit) =>
            audit.query('SELECT pg_terminate_backend($1)', [session.pid]),
          );
        }
      }
    }
    await expect(session.copyIn(COPY('cut'), cut())).rejects.toBeInstanceOf(Error);
    await session.close();
  });

  it('refuses a statement that is no COPY FROM STDIN', async () => {
    await using session = await connect(settings, 'seed');
    await expect(session.copyIn('SELECT 1', chunks(1, 1))).rejects.toMatchObject({ code: 'bug' });
    await expect(session.copyIn('COPY (SELECT 1) TO STDOUT', chunks(1, 1))).rejects.toMatchObject({
      code: 'bug',
    });
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

const COPY = (table: string): string => `COPY ${table} FROM STDIN (FORMAT binary)`;

async function tableFor(name: string): Promise<Session> {
  const session = await connect(settings, 'seed');
  await session.query(`CREATE TABLE ${name} (id int, v text)`);
  return session;
}

const TEXT_BYTES = 100;
const ROW_BYTES = 2 + 4 + 4 + 4 + TEXT_BYTES;

/** Rows (id, v) in PostgreSQL's binary format: a header, rows, a trailer. */
// eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous, this one has nothing to wait for
async function* chunks(count: number, rowsPerChunk: number): AsyncGenerator<Buffer> {
  yield Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  for (let chunk = 0; chunk < count; chunk++) yield rowsFrom(chunk * rowsPerChunk, rowsPerChunk);
  yield Buffer.from([0xff, 0xff]);
}

function rowsFrom(first: number, count: number): Buffer {
  const rows = Buffer.alloc(count * ROW_BYTES, 'x');
  for (let row = 0; row < count; row++) {
    const start = row * ROW_BYTES;
    rows.writeInt16BE(2, start);
    rows.writeInt32BE(4, start + 2);
    rows.writeInt32BE(first + row, start + 6);
    rows.writeInt32BE(TEXT_BYTES, start + 10);
  }
  return rows;
}
