import { describe, expect, it } from 'vitest';

import { saferWay } from '../../src/findings/safer.ts';
import { splitStatements, tablesTargeted } from '#rooms/postgres/index.js';

import type { StatementLock } from '#rooms/result/index.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

import { resultOf } from '../result/sample.ts';

const way = (text: string, version: 150_000 | 180_000): string => {
  const result = resultOf();
  return (
    saferWay({ text, locks: [] }, { ...result, server: { ...result.server!, versionNumber: version } }) ?? ''
  );
};

describe.each([150_000, 180_000] as const)('a safer way on %i', (version) => {
  it.each([
    ['ALTER TABLE orders ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()', 'ADD COLUMN a uuid;'],
    ['ALTER TABLE "Orders" ADD COLUMN n bigserial', 'CREATE SEQUENCE "Orders_n_seq"'],
    ['ALTER TABLE s.orders ADD COLUMN n int GENERATED ALWAYS AS IDENTITY', 'nextval'],
    ['ALTER TABLE orders ADD COLUMN n int GENERATED ALWAYS AS (a + 1) STORED', 'a + 1'],
    ['ALTER TABLE orders ALTER a SET NOT NULL', 'VALIDATE CONSTRAINT'],
    ['ALTER TABLE orders ALTER a TYPE bigint', 'ADD COLUMN "a_new" bigint;'],
    ['ALTER TABLE orders ALTER a TYPE int USING length(a)', 'length(a)'],
    ['ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0)', 'NOT VALID;'],
    ['ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders', 'NOT VALID;'],
    ['ALTER TABLE orders ADD UNIQUE (a, b)', 'USING INDEX'],
    ['ALTER TABLE orders ADD PRIMARY KEY (a)', 'PRIMARY KEY USING INDEX'],
    ['ALTER TABLE orders ADD EXCLUDE USING gist (a WITH =)', 'CREATE TABLE'],
    ['ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)', 'ALTER DOMAIN d VALIDATE CONSTRAINT c;'],
    ['ALTER TABLE orders DROP COLUMN a', 'DROP NOT NULL'],
    ['ALTER TABLE s.orders RENAME COLUMN a TO b', 'SELECT *, a AS b FROM s."orders_base"'],
    ['ALTER TABLE orders RENAME TO sales', 'CREATE VIEW orders'],
    ['DROP TABLE s.orders, items', 'DROP TABLE s.orders;'],
    ['CREATE UNIQUE INDEX i ON orders (a)', 'CREATE UNIQUE INDEX CONCURRENTLY i'],
    ['DROP INDEX s.i, j', 'DROP INDEX CONCURRENTLY j;'],
    ['REINDEX TABLE orders', 'REINDEX TABLE CONCURRENTLY orders;'],
    ['REINDEX INDEX s.i', 'REINDEX INDEX CONCURRENTLY s.i;'],
    ['REFRESH MATERIALIZED VIEW m', 'CONCURRENTLY m;'],
    ['ALTER TABLE p DETACH PARTITION q', 'DETACH PARTITION q CONCURRENTLY;'],
    ["UPDATE orders SET a = 'where' WHERE a IS NULL", "SET a = 'where' WHERE ctid"],
    ["UPDATE orders SET a = 'where', b = 2 WHERE a IS NULL", `set: "a = 'where', b = 2", where: "a IS NULL"`],
    ['UPDATE orders SET a = 1', 'backfill: { table: "orders", set: "a = 1" }'],
    ['DELETE FROM orders WHERE a < 5', 'WHERE a < 5 LIMIT'],
    ['VACUUM FULL orders', 'pg_repack'],
    ['CLUSTER orders USING i', 'VACUUM (ANALYZE) orders;'],
    ['TRUNCATE orders', 'DELETE FROM orders'],
  ])('%s: %s', (text, part) => {
    const [words = '', ...sql] = way(text, version).split('\n');
    expect(words).toMatch(/^[a-z].*[^;]$/);
    expect(sql.join('\n')).toContain(part);
    expect(splitStatements(sql.join('\n'))).toMatchObject({ ok: true });
  });

  it.each([
    'VACUUM orders',
    'ANALYZE orders',
    'SELECT 1',
    'CREATE INDEX CONCURRENTLY i ON orders (a)',
    'BEGIN',
  ])('none is needed for %s', (text) => expect(way(text, version)).toBe(''));
});

it('each command of ALTER TABLE has its own way, and stays as it is where it needs none', () => {
  const lines = way(
    "ALTER TABLE orders ALTER a SET NOT NULL, ADD COLUMN b text DEFAULT 'x, (y' || now(), ADD COLUMN c int",
    150_000,
  ).split('\n');
  expect(lines).toContain("ALTER TABLE orders ALTER COLUMN b SET DEFAULT 'x, (y' || now();");
  expect(lines).toContain('ALTER TABLE orders ADD COLUMN c int;');
  expect(lines).toContain('ALTER TABLE orders ALTER COLUMN a SET NOT NULL;');
});

it('what a block of code did is told by its commands', () => {
  const command = { tag: 'CREATE INDEX', object: 'i', startedAt: ms(0), duration: ms(0), waiting: ms(0) };
  const statement = {
    text: "DO $$ BEGIN EXECUTE 'CREATE INDEX i ON orders (a)'; END $$",
    locks: [],
    commands: [
      {
        ...command,
        text: 'CREATE INDEX i ON orders (a)',
        locks: [],
        rewritten: [],
        scanned: [],
        completed: true,
      },
    ],
  };
  expect(saferWay(statement, resultOf())).toContain('CREATE INDEX CONCURRENTLY i ON orders (a);');
});

describe('of a partitioned table', () => {
  const partitioned = { count: 14, names: ['events_1', 's.events 2'], hasDefault: true };
  const before = { name: 'events', rows: 0, heapBytes: bytes(0), totalBytes: bytes(0), partitioned };
  const wayOn = (text: string, locks: readonly StatementLock[] = []): string | undefined => {
    const result = resultOf();
    return saferWay({ text, locks }, { server: result.server, relations: [{ name: 'events', before }] });
  };

  it('an index is built partition by partition', () => {
    expect(wayOn('CREATE INDEX i ON events (a) WHERE a > 0')?.split('\n').slice(1)).toEqual([
      'CREATE INDEX i ON ONLY events (a) WHERE a > 0;',
      'CREATE INDEX CONCURRENTLY "events_1_i" ON "events_1" (a) WHERE a > 0;',
      'ALTER INDEX i ATTACH PARTITION "events_1_i";',
      'CREATE INDEX CONCURRENTLY "events 2_i" ON "s"."events 2" (a) WHERE a > 0;',
      'ALTER INDEX i ATTACH PARTITION "s"."events 2_i";',
      '-- … and so on for the other 12 partitions',
    ]);
  });

  it.each(['ALTER TABLE events DETACH PARTITION events_1', 'DROP INDEX i'])(
    '%s can not be done concurrently',
    (text) => {
      const lock = { relation: 'events', mode: 'AccessExclusiveLock', source: 'exact' } as const;
      expect(wayOn(text, [{ ...lock, waited: ms(0), held: ms(0), grantedAt: ms(0) }])).toBeUndefined();
    },
  );
});

it.each([
  ["UPDATE orders o SET a = 'x' WHERE o.a IS NULL", "UPDATE orders AS o SET a = 'x' WHERE o.ctid"],
  ['DELETE FROM "My Orders" WHERE a < 5', 'LIMIT 2000 FOR UPDATE SKIP LOCKED)) AND (a < 5);'],
])('batches of %s', (text, part) => expect(way(text, 180_000)).toContain(part));

it.each([
  'UPDATE orders SET a = a * 2 WHERE a = 3',
  'UPDATE orders SET a = 5 WHERE b = 3',
  'UPDATE orders SET a = 5 WHERE a > 3',
  'UPDATE orders SET a = 5 WHERE a = 3 OR b = 2',
])('%s is not repeated until no row is left: rows would come again', (text) => {
  expect(way(text, 180_000)).toContain('backfill:');
  expect(way(text, 180_000)).not.toContain('ctid');
});

it.each([
  ['ALTER TABLE a ALTER "order" SET NOT NULL', '"order"'],
  ['ALTER TABLE a ADD CONSTRAINT "My key" UNIQUE ("B c") INCLUDE (d) DEFERRABLE', '("B c") INCLUDE (d);'],
  ['ALTER TABLE a ADD CONSTRAINT "My key" UNIQUE (b) DEFERRABLE', 'USING INDEX "My key" DEFERRABLE;'],
  ['/* why */ CREATE INDEX i ON a (b) -- at last', 'CREATE INDEX CONCURRENTLY i ON a (b);'],
  ['ALTER TABLE "S".a ADD n bigserial PRIMARY KEY', 'CREATE SEQUENCE "S"."a_n_seq"'],
  ['ALTER TABLE a ADD n int DEFAULT f() REFERENCES b', 'FOREIGN KEY (n) REFERENCES b NOT VALID;'],
])('%s: %s', (text, part) => expect(way(text, 180_000)).toContain(part));

it('NOT NULL NOT VALID and virtual columns are for 18', () => {
  expect(way('ALTER TABLE orders ALTER a SET NOT NULL', 180_000)).toContain('NOT NULL a NOT VALID');
  expect(way('ALTER TABLE orders ALTER a SET NOT NULL', 150_000)).toContain(
    'CHECK (a IS NOT NULL) NOT VALID',
  );
  const stored = 'ALTER TABLE orders ADD n int GENERATED ALWAYS AS (a + 1) STORED';
  expect(way(stored, 180_000)).toContain('VIRTUAL');
  expect(way(stored, 150_000)).toContain('CREATE TRIGGER');
});

it.each([
  ['ALTER TABLE s.a ADD FOREIGN KEY (x) REFERENCES b', ['s.a']],
  ['ALTER TABLE a ATTACH PARTITION b DEFAULT', ['a', 'b']],
  ['CREATE TABLE a PARTITION OF b DEFAULT', ['a', 'b']],
  ['DROP TRIGGER t ON s.a', ['s.a']],
  ['TRUNCATE a, b', ['a', 'b']],
  ['VACUUM FULL a', ['a']],
  ['DROP TYPE t CASCADE', []],
  ['DROP INDEX i', undefined],
  ['ALTER INDEX i RENAME TO j', undefined],
  ['REINDEX INDEX i', undefined],
  ['SELECT 1', undefined],
  ['no SQL', undefined],
])('%s is about %j', (text, tables) => {
  expect(tablesTargeted(text)).toEqual(tables);
});
