import { describe, expect, it } from 'vitest';

import { resolved, valuesOf } from './sample.js';

const table = (columns: string): string => `CREATE TABLE t (id int PRIMARY KEY, ${columns})`;
const list = (sql: string, name: string): readonly (string | null)[] =>
  valuesOf(resolved({ sql }), 't', name);

describe('a CHECK that is tried on rows', () => {
  it('of a regular expression is kept by the texts', () => {
    const sql = table("a text NOT NULL CHECK (a ~ '^[A-Z]{2}-[0-9]{3,4}(x|yy)?$')");
    for (const value of list(sql, 'a')) expect(value).toMatch(/^[A-Z]{2}-[0-9]{3,4}(x|yy)?$/);
  });

  it('for exactly one of several columns leaves the others NULL', () => {
    const sql = table('a int, b int, c int, CONSTRAINT one CHECK (num_nonnulls(a, b, c) = 1)');
    const rows = ['a', 'b', 'c'].map((name) => list(sql, name));
    for (let row = 0; row < 100; row++) expect(rows.filter((values) => values[row] !== null)).toHaveLength(1);
    expect(resolved({ sql }).notes.join()).toContain('because of CHECK one');
  });

  it('between two numbers is kept', () => {
    const sql = table('low int NOT NULL, high int NOT NULL, CHECK (low < high)');
    const high = list(sql, 'high');
    list(sql, 'low').forEach((low, row) => expect(Number(low)).toBeLessThan(Number(high[row])));
  });

  it('between two references is kept', () => {
    const sql = `CREATE TABLE p (id int PRIMARY KEY); ${table('a int NOT NULL REFERENCES p, b int NOT NULL REFERENCES p, CHECK (a <> b)')}`;
    const b = list(sql, 'b');
    list(sql, 'a').forEach((a, row) => expect(a).not.toBe(b[row]));
  });

  it('takes the DEFAULT where that alone keeps it', () => {
    const sql = table(
      "state text NOT NULL DEFAULT 'draft', sent_at timestamptz, CHECK (state = 'draft' OR sent_at IS NOT NULL AND state = 'sent')",
    );
    expect(new Set(list(sql, 'state'))).toEqual(new Set(['draft']));
  });

  it('of a domain is kept', () => {
    const sql = `CREATE DOMAIN zip AS text CHECK (VALUE ~ '^\\d{5}$'); ${table('a zip NOT NULL')}`;
    for (const value of list(sql, 'a')) expect(value).toMatch(/^\d{5}$/);
  });

  it('makes a column NOT NULL', () => {
    const sql = table('deleted_at timestamptz, CHECK (deleted_at IS NOT NULL)');
    expect(list(sql, 'deleted_at')).not.toContain(null);
  });

  it('that nothing keeps is refused before loading, with a row', () => {
    const sql = table('a int NOT NULL, b int NOT NULL, CONSTRAINT sum CHECK (a + b = 7)');
    expect(() => resolved({ sql })).toThrow(/^shop.sql:1: t: row 1 \(a = \d+, b = \d+\) breaks CHECK sum$/m);
  });

  it('that one reference in 300 breaks is met', () => {
    const sql = `CREATE TABLE kinds (id int PRIMARY KEY);
      ${table('kind int NOT NULL REFERENCES kinds, other int NOT NULL REFERENCES kinds, CONSTRAINT alone CHECK (kind NOT IN (2, 5, 6) OR other = -1)')}`;
    const yaml = 'tables: { kinds: { rows: 1_000 }, t: { rows: 100_000 } }';
    expect(() => resolved({ sql, yaml })).toThrow(/t: row \d+ \(kind = [256], .* breaks CHECK alone/);
  });

  it('compares texts as the locale C does', () => {
    const yaml = (value: string): string => `tables: { t: { columns: { a: { values: ['${value}'] } } } }`;
    const sql = table("a text CHECK (a < '\u{1f600}')");
    // U+FFFD comes before U+1F600, though its UTF-16 unit is greater than the first of the pair.
    expect(() => resolved({ sql, yaml: yaml('\ufffd') })).not.toThrow();
    expect(() => resolved({ sql, yaml: yaml('\u{1f601}') })).toThrow('breaks CHECK t_a_check');
  });

  it('is tried on values that the file names, too', () => {
    const files = {
      sql: table('a int CHECK (a > 5)'),
      yaml: 'tables: { t: { columns: { a: { int: { range: [0, 9] } } } } }',
    };
    expect(() => resolved(files)).toThrow('breaks CHECK t_a_check');
  });
});
