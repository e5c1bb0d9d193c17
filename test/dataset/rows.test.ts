import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { columnSampler, rowEncoder } from '#rooms/dataset/index.js';

import { columnOf, encoded, resolved, tableOf, valuesOf, type Files } from './sample.js';

const SHOP: Files = {
  sql: `
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, note text, prefs jsonb, born date);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, total numeric(10,2),
      key uuid, tags text[], created_at timestamptz);
    CREATE TABLE items (order_id bigint REFERENCES orders, line_no int, PRIMARY KEY (order_id, line_no));`,
  yaml: `
tables:
  customers:
    rows: 1500
    columns:
      note: { text: { width: { p50: 40, p95: 200, max: 900 } }, null_frac: 0.3 }
      prefs: { json: { theme: { values: [light, dark] }, city: { faker: location.city } } }
  orders: { rows: 4000, columns: { customer_id: { distribution: { zipfian: 1.1 }, childless: 0.2 } } }
  items: { per: orders, fanout: { mean: 2.5, min: 1 } }
`,
};

describe('the rows of a table', () => {
  const dataset = resolved(SHOP);

  it.each(dataset.tables.map((table) => [table.display, table] as const))(
    'are the same bytes for any ranges and buffer sizes: %s',
    (_, table) => {
      const whole = encoded(table);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 20_000 }), (step, bytes) => {
          expect(encoded(table, step, bytes).equals(whole)).toBe(true);
        }),
        { numRuns: 8 },
      );
    },
  );

  it('are the same in any order', () => {
    const value = columnSampler(columnOf(dataset, 'items', 'order_id'));
    const forwards = Array.from({ length: 3000 }, (_, row) => value(row));
    const backwards = Array.from({ length: 3000 }, (_, index) => value(2999 - index)).toReversed();
    expect(backwards).toEqual(forwards);
  });

  it('are the same for the same seed and others for another', () => {
    const orders = tableOf(dataset, 'orders');
    expect(encoded(tableOf(resolved(SHOP), 'orders')).equals(encoded(orders))).toBe(true);
    expect(encoded(tableOf(resolved(SHOP, 1, 7), 'orders')).equals(encoded(orders))).toBe(false);
  });

  it('keep their other columns when a column is added', () => {
    const wider = resolved({ ...SHOP, sql: SHOP.sql.replace('note text', 'extra text, note text') });
    for (const name of ['id', 'email', 'note', 'prefs', 'born']) {
      expect(valuesOf(wider, 'customers', name)).toEqual(valuesOf(dataset, 'customers', name));
    }
  });

  it('never exceed the width that the encoder promises', () => {
    for (const table of dataset.tables) {
      const { encode, maxRowBytes } = rowEncoder(table);
      const buffer = Buffer.alloc(maxRowBytes);
      for (let row = 0; row < 500; row++) expect(encode(buffer, 0, row, row + 1).row).toBe(row + 1);
    }
  });

  it('survive structured cloning of what they are computed from', () => {
    const copy = structuredClone(dataset);
    expect(encoded(tableOf(copy, 'orders')).equals(encoded(tableOf(dataset, 'orders')))).toBe(true);
  });
});

describe('shares that the file asks for', () => {
  it('hold within four standard deviations', () => {
    const notes = valuesOf(resolved(SHOP), 'customers', 'note');
    const nulls = notes.filter((note) => note === null).length;
    expect(Math.abs(nulls / notes.length - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / notes.length));
  });

  it('leave neighbouring rows independent of each other', () => {
    const files = {
      sql: 'CREATE TABLE t (id int PRIMARY KEY, v text)',
      yaml: 'tables: { t: { rows: 40_000, scale: fixed, columns: { v: { values: [a, b, c, d] } } } }',
    };
    const values = valuesOf(resolved(files), 't', 'v');
    const pairs = new Map<string, number>();
    values.slice(1).forEach((value, index) => {
      const pair = `${String(values[index])}${String(value)}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    });
    const expected = (values.length - 1) / 16;
    const chiSquare = [...pairs.values()].reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 15 degrees of freedom: 37.7 is exceeded once in a thousand.
    expect(pairs.size).toBe(16);
    expect(chiSquare).toBeLessThan(37.7);
  });
});
