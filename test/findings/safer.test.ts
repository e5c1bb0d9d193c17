import { describe, expect, it } from 'vitest';

import { saferWay } from '../../src/findings/safer.ts';
import { splitStatements, tablesTargeted } from '#rooms/postgres/index.js';

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
