import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseDataset, resolveDataset, type ResolvedDataset } from '#rooms/dataset/index.js';
import { formatIssue } from '#rooms/errors.js';
import type { SeedProgress } from '#rooms/seed/index.js';
import { withSession, type ConnectionSettings, type Home, type Instance } from '#rooms/target/index.js';

import { datasetOf, newDatabase, OBJECTS, rowsOf, seeded } from './seeded.js';
import {
  homeAt,
  OTHER_BIN,
  OTHER_NAME,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
} from './server.js';
import { STRANGER } from './stranger.js';

let directory: string;
let home: Home;
let instance: Instance;
let server: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  instance = started.instance;
  server = started.server.connection;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

function shop(scale: number): ResolvedDataset {
  const text = (name: string) => ({
    file: name,
    text: readFileSync(fileURLToPath(new URL(`../../datasets/${name}`, import.meta.url)), 'utf8'),
  });
  const parsed = parseDataset(text('shop.yaml'), (reference) => text(reference.replace('./', '')));
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  return resolveDataset(parsed.value, { scale });
}

/** The database after the schema alone, and after seeding. */
async function objectsBeforeAndAfter(
  dataset: ResolvedDataset,
  on: ConnectionSettings,
  name: string,
  onProgress?: (progress: SeedProgress) => void,
) {
  const plain = await newDatabase(on, `${name}_plain`);
  await withSession(plain, 'seed', async (session) => {
    for (const { text } of dataset.schemaStatements) await session.query(text);
  });
  const settings = await newDatabase(on, name);
  const summary = await seeded({ settings, dataset, ...(onProgress === undefined ? {} : { onProgress }) });
  return { settings, summary, before: await rowsOf(plain, OBJECTS), after: await rowsOf(settings, OBJECTS) };
}

async function checkShop(on: ConnectionSettings): Promise<void> {
  const dataset = shop(0.001);
  const told: SeedProgress[] = [];
  const { settings, summary, before, after } = await objectsBeforeAndAfter(dataset, on, 'shop', (progress) =>
    told.push(progress),
  );
  expectToldInOrder(told);
  expect(after).toEqual(before);
  expect(summary.rows).toBe(dataset.tables.reduce((sum, table) => sum + table.rows, 0));
  for (const { sqlName, rows } of dataset.tables) {
    expect(await rowsOf(settings, `SELECT count(*)::int AS n FROM ${sqlName}`)).toEqual([{ n: rows }]);
  }
  expect(await rowsOf(settings, UNSETTLED)).toEqual([]);
  const inserted = `INSERT INTO orders (customer_id, total) VALUES (1, 10) RETURNING id::int`;
  expect(await rowsOf(settings, inserted)).toEqual([{ id: 10_001 }]);
  const partitions = `SELECT count(*)::int AS n FROM pg_class WHERE relname ~ '^events_2025_..$' AND reltuples > 500`;
  expect(await rowsOf(settings, partitions)).toEqual([{ n: 12 }]);
}

/** What readers or autovacuum would have to write to. */
const UNSETTLED = `
SELECT relname FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND relpages > 0 AND (relallvisible < relpages OR reltuples < 0)`;

/** Every stage, and rows that only grow. */
function expectToldInOrder(told: readonly SeedProgress[]): void {
  const kinds = told.map(({ kind }) => kind);
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    'schema',
    'loading',
    'vacuuming',
    'indexing',
    'vacuuming',
    'indexing',
  ]);
  const rows = told.flatMap((progress) => (progress.kind === 'loading' ? [progress.totalRows] : []));
  expect(rows).toEqual(rows.toSorted((one, other) => one - other));
}

describe('the shop', () => {
  it('loads on the embedded server with all keys, indexes and sequences as in its schema, is left settled, and tells of its progress', async () => {
    await checkShop(server);
  });

  it.skipIf(OTHER_BIN === undefined)(`loads on an installed server (${OTHER_NAME})`, async () => {
    const older = await startedInstance(home, OTHER_BIN);
    try {
      await checkShop(older.server.connection);
    } finally {
      await older.instance.close();
    }
  });
});

describe("a stranger's schema, as pg_dump writes it, without an entry for any column", () => {
  it('loads, and has its keys, indexes, comments and triggers afterwards', async () => {
    const { settings, before, after } = await objectsBeforeAndAfter(
      datasetOf({ sql: STRANGER }),
      server,
      'stranger',
    );
    expect(after).toEqual(before);
    expect(await rowsOf(settings, 'SELECT n::int FROM billing.totals')).toEqual([{ n: 1_000 }]);
    expect(await rowsOf(settings, 'SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal')).toEqual(
      [{ tgname: 'touch', tgenabled: 'O' }],
    );
  });
});

describe('what goes wrong', () => {
  it('in a statement of the schema is told with file and line', async () => {
    const settings = await newDatabase(server, 'bad_statement');
    const dataset = datasetOf({
      sql: 'CREATE TABLE a (id int PRIMARY KEY);\n\nALTER TABLE a SET TABLESPACE fast_disk;',
    });
    await expect(seeded({ settings, dataset })).rejects.toMatchObject({
      code: 'seed.failed',
      where: 'test.sql:3',
      message: 'a statement of the schema failed: tablespace "fast_disk" does not exist (SQLSTATE 42704)',
      hint: expect.stringContaining('something that this server has not') as string,
    });
  });

  it('in a CHECK that no generator knew is told with the table', async () => {
    const settings = await newDatabase(server, 'bad_check');
    const dataset = datasetOf({
      sql: `CREATE FUNCTION is_odd(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 1';
            CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT odd CHECK (is_odd(n)));`,
      yaml: 'tables: { a: { columns: { n: { values: [2] } } } }',
    });
    await expect(seeded({ settings, dataset })).rejects.toMatchObject({
      code: 'seed.failed',
      where: 'table a, 1000 of 1000 rows sent',
      message: expect.stringContaining('violates check constraint "odd"') as string,
      hint: expect.stringContaining('a CHECK refuses') as string,
    });
  });

  it('in a unique key that the file breaks is told with the key', async () => {
    const settings = await newDatabase(server, 'bad_key');
    const dataset = datasetOf({
      sql: 'CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL); CREATE UNIQUE INDEX pair ON a (abs(n))',
      yaml: 'tables: { a: { columns: { n: { values: [1, 2] } } } }',
    });
    await expect(seeded({ settings, dataset })).rejects.toMatchObject({
      code: 'seed.failed',
      where: 'table a',
      message: expect.stringContaining(
        'building pair failed: could not create unique index "pair"',
      ) as string,
    });
  });

  it('with the connection is a lost target', async () => {
    const settings = await newDatabase(server, 'cut');
    const cut = async (): Promise<void> => {
      await rowsOf(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'");
    };
    let cutting: Promise<void> | undefined;
    const onProgress = (): void => {
      cutting ??= cut();
    };
    await expect(seeded({ settings, dataset: shop(0.01), onProgress })).rejects.toMatchObject({
      code: 'target.lost',
    });
    await cutting;
  });

  it('by an interruption ends at once and leaves no session', async () => {
    const settings = await newDatabase(server, 'aborted');
    const abort = new AbortController();
    const seeding = seeded({
      settings,
      dataset: shop(0.05),
      signal: abort.signal,
      onProgress: (progress) => {
        if (progress.kind === 'loading' ? progress.totalRows > 20_000 : progress.kind !== 'schema')
          abort.abort();
      },
    });
    await expect(seeding).rejects.toMatchObject({ code: 'interrupted' });
    await expect
      .poll(() => rowsOf(server, "SELECT pid FROM pg_stat_activity WHERE datname = 'aborted'"), {
        timeout: 30_000,
      })
      .toEqual([]);
  });
});
