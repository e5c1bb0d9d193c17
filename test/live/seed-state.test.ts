import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ResolvedDataset, ResolvedStorage } from '#rooms/dataset/index.js';
import { stateCardLines, verifyDataset, type SeedSummary } from '#rooms/seed/index.js';
import { withSession, type ConnectionSettings, type Home, type Instance } from '#rooms/target/index.js';

import { contentOf, datasetOf, newDatabase, rowsOf, seeded } from './seeded.js';
import {
  homeAt,
  OTHER_BIN,
  OTHER_NAME,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
} from './server.js';

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

const SQL = `
CREATE TABLE plain (id bigint PRIMARY KEY, n int NOT NULL, note text);
CREATE INDEX plain_n ON plain (n);
CREATE TABLE listed (id bigint NOT NULL, kind int NOT NULL, note text) PARTITION BY HASH (id);
CREATE TABLE listed_0 PARTITION OF listed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE listed_1 PARTITION OF listed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
`;
const YAML = 'tables: { plain: { rows: 12_000 }, listed: { rows: 6_000 } }';

/** Loaded as it is, once; changed by the test of the state card, which comes after those that compare with it. */
let alive: ConnectionSettings;
let aliveCard: SeedSummary['card'];
let aliveContent: Readonly<Record<string, string | null>>;

beforeAll(async () => {
  const dataset = withStorage({});
  alive = await newDatabase(server, 'alive');
  ({ card: aliveCard } = await seeded({ settings: alive, dataset }));
  aliveContent = await contentOf(alive, dataset);
});

function withStorage(storage: Partial<ResolvedStorage>): ResolvedDataset {
  const dataset = datasetOf({ sql: SQL, yaml: YAML });
  const tables = dataset.tables.map((table) => ({ ...table, storage: { ...table.storage, ...storage } }));
  return { ...dataset, tables };
}

async function checkDeadTuples(on: ConnectionSettings, name: string): Promise<void> {
  const dataset = withStorage({ deadTuples: 0.2 });
  const settings = await newDatabase(on, name);
  const { card } = await seeded({ settings, dataset });
  for (const table of card.tables) {
    expect(table.deadTuples.got).toBeCloseTo(0.2, 1);
    // An insert-driven autovacuum would take them away.
    expect(table.insertsSinceVacuum).toBe(0);
  }
  const dead = `SELECT n_dead_tup::int AS dead, n_live_tup::int AS live FROM pg_stat_user_tables WHERE relname = 'plain'`;
  expect(await rowsOf(settings, dead)).toEqual([{ dead: 3_000, live: 12_000 }]);
}

describe('dead tuples', () => {
  it('stand among the rows, which stay what they are, in partitions too', async () => {
    await checkDeadTuples(server, 'dead');
    const content = await contentOf({ ...server, database: 'dead' }, withStorage({}));
    expect(content).toEqual(aliveContent);
  });

  it.skipIf(OTHER_BIN === undefined)(`stand on an installed server as well (${OTHER_NAME})`, async () => {
    const older = await startedInstance(home, OTHER_BIN);
    try {
      await checkDeadTuples(older.server.connection, 'dead');
    } finally {
      await older.instance.close();
    }
  });

  it('leave no reader anything to write', async () => {
    const settings = { ...server, database: 'dead' };
    for (const table of ['plain', 'listed']) {
      const [row] = await rowsOf(
        settings,
        `EXPLAIN (ANALYZE, WAL, BUFFERS, FORMAT JSON) SELECT count(*) FROM ${table}`,
      );
      expect(row?.['QUERY PLAN']).toMatchObject([{ Plan: { 'WAL Bytes': 0, 'Shared Dirtied Blocks': 0 } }]);
    }
  });
});

describe('pages', () => {
  it('have the free space and the fillfactor that were asked for, and only the fillfactor lasts', async () => {
    const dataset = withStorage({ fillfactor: 90, freeSpace: 0.3, statisticsTarget: 250 });
    const settings = await newDatabase(server, 'roomy');
    const { card } = await seeded({ settings, dataset });
    const ratio = (card.tables[0]?.heap ?? 0) / (aliveCard.tables[0]?.heap ?? 1);
    expect(ratio).toBeGreaterThan(1 / 0.66);
    expect(ratio).toBeLessThan(1 / 0.58);
    const options = `SELECT relname, reloptions FROM pg_class WHERE relname IN ('plain', 'listed_0', 'listed_1') ORDER BY 1`;
    const reloptions = ['fillfactor=90'];
    expect(await rowsOf(settings, options)).toEqual([
      { relname: 'listed_0', reloptions },
      { relname: 'listed_1', reloptions },
      { relname: 'plain', reloptions },
    ]);
    const target = `SELECT DISTINCT attstattarget::int AS target FROM pg_attribute WHERE attrelid IN ('plain'::regclass, 'listed_1'::regclass) AND attnum > 0`;
    expect(await rowsOf(settings, target)).toEqual([{ target: 250 }]);
  });
});

describe('the state card', () => {
  it('tells of a database what was asked and what is there', async () => {
    const dataset = withStorage({});
    const signal = new AbortController().signal;
    const card = await verifyDataset({ connection: alive, dataset, signal });
    expect(card.tables.map(({ table, rows }) => [table, rows.got])).toEqual([
      ['plain', 12_000],
      ['listed', 6_000],
    ]);
    expect(stateCardLines(card).at(-1)).toBe('all within tolerance');
    await withSession(alive, 'audit', (session) =>
      session.query('DELETE FROM plain WHERE id % 2 = 0; ANALYZE'),
    );
    const exact = await verifyDataset({ connection: alive, dataset, exact: true, signal });
    expect(stateCardLines(exact)).toContain('  plain: rows asked 12,000, allowed exactly 12,000, got 6,000');
  });

  it('says which tables are not there', async () => {
    const settings = await newDatabase(server, 'bare');
    const signal = new AbortController().signal;
    const card = await verifyDataset({ connection: settings, dataset: withStorage({}), signal });
    expect(stateCardLines(card)).toContain(
      '  plain: rows asked 12,000, allowed exactly 12,000, got nothing that could be measured',
    );
  });

  it('fails the seeding beyond the tolerance of the file', async () => {
    const dataset = withStorage({});
    const limits = { min: 0.5, max: 0.6, written: '0.55 ±0.05' };
    const tables = dataset.tables.map((table) => ({
      ...table,
      expect: { ...table.expect, deadTuples: limits },
    }));
    const settings = await newDatabase(server, 'refused');
    await expect(seeded({ settings, dataset: { ...dataset, tables } })).rejects.toMatchObject({
      code: 'seed.failed',
      message: expect.stringContaining(
        'plain: share of dead tuples asked 0, allowed 0.5 to 0.6, got 0',
      ) as string,
    });
  });
});

describe('several connections', () => {
  it('load the same rows as one', async () => {
    for (const connections of [2, 8]) {
      const settings = await newDatabase(server, `by_${connections}`);
      const dataset = withStorage({});
      const summary = await seeded({ settings, dataset, connections });
      expect(summary.rows).toBe(18_000);
      expect(await contentOf(settings, dataset)).toEqual(aliveContent);
    }
  });

  it('all end when one fails, and the table is named', async () => {
    const dataset = datasetOf({
      sql: `CREATE FUNCTION is_odd(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 1';
            CREATE TABLE a (id int PRIMARY KEY);
            CREATE TABLE b (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT odd CHECK (is_odd(n)));`,
      yaml: 'tables: { a: { rows: 3_000_000 }, b: { rows: 1_000, columns: { n: { values: [2] } } } }',
    });
    const settings = await newDatabase(server, 'one_fails');
    await expect(seeded({ settings, dataset, connections: 2 })).rejects.toMatchObject({
      code: 'seed.failed',
      where: expect.stringContaining('table b') as string,
    });
    await expect
      .poll(() => rowsOf(server, "SELECT pid FROM pg_stat_activity WHERE datname = 'one_fails'"), {
        timeout: 30_000,
      })
      .toEqual([]);
  });
});

describe("someone else's server", () => {
  it('is loaded by a role without privileges, and triggers stay as they were', async () => {
    const sql = `
      CREATE TABLE t (id int PRIMARY KEY, n int);
      CREATE TABLE log (id int);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END $$;
      CREATE TRIGGER noting AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TRIGGER always AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
      ALTER TABLE t ENABLE ALWAYS TRIGGER always;`;
    const dataset = datasetOf({ sql, yaml: 'tables: { t: { rows: 100 }, log: { rows: 0 } }' });
    const as = { ...(await newDatabase(server, 'foreign_db')), user: 'tenant', password: 'tenant' };
    await rowsOf(
      server,
      `CREATE ROLE tenant LOGIN PASSWORD 'tenant'; ALTER DATABASE foreign_db OWNER TO tenant`,
    );
    await seeded({ settings: as, dataset, ownServer: false });
    expect(await rowsOf(as, 'SELECT count(*)::int AS n FROM log')).toEqual([{ n: 0 }]);
    expect(
      await rowsOf(as, `SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`),
    ).toEqual([
      { tgname: 'always', tgenabled: 'A' },
      { tgname: 'noting', tgenabled: 'O' },
    ]);
  });
});
