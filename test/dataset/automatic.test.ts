import { describe, expect, it } from 'vitest';

import { columnOf, dataset, resolved, tableOf, valuesOf } from './sample.js';

/** 400 values of a column without an entry. */
function values(column: string, rest = '', before = ''): readonly (string | null)[] {
  const source = resolved({
    sql: `${before} CREATE TABLE t (id int PRIMARY KEY, ${column} ${rest})`,
    yaml: 'tables: { t: { rows: 400 } }',
  });
  return valuesOf(source, 't', column.split(' ')[0]?.replaceAll('"', '') ?? '');
}

describe('a column without an entry', () => {
  it.each([
    ['email text', /^\S+@\S+\.\S+$/],
    ['"firstName" text', /^[A-Z][\w'-]*$/],
    ['sku varchar(12)', /^[0-9A-Z]{8}$/],
    ['code char(3)', /^[0-9A-Z]{3}$/],
    ['slug text', /^[a-z-]+$/],
    ['status text', /^(active|pending|completed|cancelled)$/],
    ['price numeric(8,2)', /^\d+\.\d\d$/],
    ['active boolean', /^(true|false)$/],
    ['key uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['created_at timestamptz', /^202[2-4]-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/],
    ['day date', /^202[2-4]-\d\d-\d\d$/],
    ['data jsonb', /^\{"tag": ".+", "count": \d+\}$/],
    ['raw bytea', /^\\x([0-9a-f]{2}){8,64}$/],
    ['ip inet', /^10\.\d+\.\d+\.\d+\/32$/],
    ['list int[]', /^\{(\d+(,\d+)*)?\}$/],
    ['wake time', /^\d\d:\d\d:\d\d(\.\d+)?$/],
    ['wait interval', /^(1 day ?)?(\d\d:\d\d:\d\d(\.\d+)?)?$/],
  ])('is filled from its type and name: %s', (column, shape) => {
    for (const value of values(column).slice(0, 50)) expect(value).toMatch(shape);
  });

  it('of an enum holds its labels', () => {
    expect(new Set(values('mood mood', '', "CREATE TYPE mood AS ENUM ('sad', 'happy');"))).toEqual(
      new Set(['sad', 'happy']),
    );
  });

  it('counts where a sequence fills it', () => {
    expect(values('n bigserial').slice(0, 3)).toEqual(['1', '2', '3']);
  });

  it('that is the primary key counts', () => {
    expect(values('x text').length).toBe(400);
    expect(valuesOf(resolved({ sql: 'CREATE TABLE t (id int PRIMARY KEY)' }), 't', 'id').at(-1)).toBe('1000');
  });

  it('keeps the constant default of a text that no name explains', () => {
    expect(new Set(values('flavour text', "DEFAULT 'vanilla'"))).toEqual(new Set(['vanilla']));
  });

  it('is mostly empty where the name tells of what seldom happens', () => {
    const empty = values('deleted_at timestamptz').filter((value) => value === null).length;
    expect(empty).toBeGreaterThan(330);
    expect(empty).toBeLessThan(400);
  });

  it('of a later time follows the creation', () => {
    const source = resolved({
      sql: 'CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz, updated_at timestamptz)',
      yaml: 'tables: { t: { rows: 200 } }',
    });
    const created = valuesOf(source, 't', 'created_at');
    valuesOf(source, 't', 'updated_at').forEach((updated, row) => {
      expect(String(updated) >= String(created[row])).toBe(true);
    });
  });

  it('is left out where the server fills it, or no generator knows its type', () => {
    const files = {
      sql: "CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id) STORED, p cube, q cube NOT NULL DEFAULT '(0,0)')",
    };
    expect(tableOf(resolved(files), 't').columns.map((column) => column.name)).toEqual(['id']);
    expect(dataset(files).notes).toEqual([
      't.p: no generator makes values of type cube; it is left NULL',
      't.q: no generator makes values of type cube; it is left to its DEFAULT',
    ]);
  });
});

describe('a simple CHECK', () => {
  it.each([
    ['n int', 'CHECK (n > 3 AND n < 6)', /^[45]$/],
    ['n int', 'CHECK (n BETWEEN 7 AND 8)', /^[78]$/],
    ['n int', 'CHECK (n = ANY (ARRAY[2, 4]))', /^[24]$/],
    ['n numeric(5,2)', 'CHECK (n >= 0.5 AND (n <= 0.51))', /^0\.5[01]$/],
    ['n text', "CHECK (n IN ('a', 'b'))", /^[ab]$/],
    ['n varchar(9)', "CHECK ((n)::text = ANY ((ARRAY['a'::character varying])::text[]))", /^a$/],
    ['n text', 'CHECK (char_length(n) >= 30)', /^[^]{30,}$/],
    ['n text', 'CHECK (length(n) = 5)', /^[^]{5}$/],
    ['n int', 'CHECK (n IS NULL OR n > 999)', /^\d{4}$/],
    ['n date', "CHECK (n >= '2030-01-01' AND n < '2030-02-01')", /^2030-01-/],
  ])('bounds what is generated: %s %s', (column, check, shape) => {
    for (const value of values(column, check)) expect(value).toMatch(shape);
  });

  it('of a domain counts for its columns', () => {
    const found = values('n pos', '', 'CREATE DOMAIN pos AS int CHECK (VALUE > 41 AND VALUE < 43);');
    expect(new Set(found)).toEqual(new Set(['42']));
  });

  it('of two times puts one after the other', () => {
    const source = resolved({
      sql: 'CREATE TABLE t (id int PRIMARY KEY, a date, b date, CHECK (b >= a))',
      yaml: 'tables: { t: { rows: 100 } }',
    });
    const a = valuesOf(source, 't', 'a');
    valuesOf(source, 't', 'b').forEach((b, row) => expect(String(b) >= String(a[row])).toBe(true));
  });

  it('that is not understood is named in a note', () => {
    const sql = 'CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT odd CHECK (is_odd(a)))';
    expect(resolved({ sql }).notes).toEqual([
      't: CHECK odd is not understood; if generated rows break it, name generators for its columns',
    ]);
  });
});

describe('partition bounds', () => {
  it('hold the partition key', () => {
    const source = resolved({
      sql: `CREATE TABLE t (id int, at timestamptz, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
            CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');`,
    });
    for (const value of valuesOf(source, 't', 'at')) expect(value).toMatch(/^2020-0[12]-/);
    expect(columnOf(source, 't', 'id').generator.kind).toBe('sequence');
  });
});
