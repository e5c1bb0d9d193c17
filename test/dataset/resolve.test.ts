import { describe, expect, it } from 'vitest';

import { columnList, findColumn, resolveDataset } from '#rooms/dataset/index.js';

import { dataset, resolved, tableOf, type Files } from './sample.js';

const SQL = `
  CREATE TABLE lookups (id int PRIMARY KEY);
  CREATE TABLE parents (id int PRIMARY KEY);
  CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents);
  CREATE TABLE unsaid (id int PRIMARY KEY);`;
const YAML = `
tables:
  children: { per: parents, fanout: { mean: 2.5 } }
  parents: { rows: 100_000 }
  lookups: { rows: 300 }
`;
const FILES: Files = { sql: SQL, yaml: YAML };

const rowsOf = (files: Files, scale: number) =>
  Object.fromEntries(resolved(files, scale).tables.map((table) => [table.display, table.rows]));

describe('row counts', () => {
  it('shrink with the scale; small tables and those that nobody mentions stay', () => {
    expect(rowsOf(FILES, 0.01)).toEqual({ lookups: 300, parents: 1_000, children: 2_500, unsaid: 1_000 });
    expect(tableOf(resolved(FILES, 0.01), 'children').rowsAtScale1).toBe(250_000);
  });

  it('never shrink to nothing', () => {
    expect(rowsOf(FILES, 1e-9)['parents']).toBe(1);
  });

  it('are 0 where the file says so', () => {
    expect(rowsOf({ sql: SQL, yaml: 'tables: { unsaid: { rows: 0 } }' }, 1)['unsaid']).toBe(0);
  });
});

describe('tables', () => {
  it('stand in load order, parents first', () => {
    const sql =
      'CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, b_id int REFERENCES b, d_id int); CREATE TABLE d (id int PRIMARY KEY); ALTER TABLE c ADD FOREIGN KEY (d_id) REFERENCES d;';
    expect(resolved({ sql }).tables.map((table) => table.display)).toEqual(['b', 'd', 'c']);
  });

  it('may refer to each other in a circle', () => {
    const sql =
      'CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;';
    expect(resolved({ sql }).tables.map((table) => table.rows)).toEqual([1_000, 1_000]);
  });

  it('have quoted names', () => {
    const source = resolved({ sql: 'CREATE SCHEMA s; CREATE TABLE s."Odd" ("a b" int PRIMARY KEY)' });
    expect(source.tables[0]).toMatchObject({ display: 's.Odd', sqlName: '"s"."Odd"' });
    expect(source.tables.map(columnList)).toEqual(['"a b"']);
  });
});

describe('what no rows can satisfy', () => {
  it.each([
    [
      'a unique foreign key to fewer rows',
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (p_id int UNIQUE NOT NULL REFERENCES p);',
      'tables: { p: { rows: 10 }, t: { rows: 20 } }',
      't is to have 20 rows, but p_id is unique and p has only 10 rows',
    ],
    [
      'more pairs than there are',
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); CREATE TABLE t (p_id int REFERENCES p, q_id int REFERENCES q, PRIMARY KEY (p_id, q_id));',
      'tables: { p: { rows: 10 }, q: { rows: 5 }, t: { rows: 60 } }',
      'at most 50 pairs',
    ],
    [
      'more numbers than the type has',
      'CREATE TABLE t (id smallserial PRIMARY KEY);',
      'tables: { t: { rows: 40_000 } }',
      'id counts from 1 by 1 and its type ends at 32767',
    ],
    [
      'more codes than the characters make',
      'CREATE TABLE t (id int PRIMARY KEY, code char(2) UNIQUE);',
      'tables: { t: { rows: 2_000 } }',
      'code is unique and has only 2 characters',
    ],
    [
      'more labels than the enum has',
      "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (v e UNIQUE);",
      'tables: { t: { rows: 3 } }',
      'v has only 2 values',
    ],
    [
      'a range that is too small',
      'CREATE TABLE t (id int PRIMARY KEY, n int);',
      'tables: { t: { rows: 12, columns: { n: { int: { range: [1, 10] }, unique: true } } } }',
      'n is unique and there are only 10 numbers from 1 to 10',
    ],
    [
      'a parent without rows',
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (p_id int NOT NULL REFERENCES p);',
      'tables: { p: { rows: 0 }, t: { rows: 1 } }',
      'p_id refers to p, which has no rows',
    ],
    [
      'a fan-out below its least',
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (p_id int REFERENCES p);',
      'tables: { p: { rows: 10 }, t: { per: p, fanout: { mean: 1.5, min: 2 } } }',
      'fanout asks for a mean of 1.5',
    ],
  ])('is refused with the arithmetic: %s', (_, sql, yaml, message) => {
    const source = dataset({ sql, yaml });
    expect(() => resolveDataset(source, { scale: 1 })).toThrow(
      expect.objectContaining({
        code: 'dataset.impossible',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('cuts a number of rows that nobody stated', () => {
    const source = resolved({
      sql: 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (p_id int PRIMARY KEY REFERENCES p);',
      yaml: 'tables: { p: { rows: 10 } }',
    });
    expect(tableOf(source, 't').rows).toBe(10);
    expect(source.notes).toEqual(['t: 10 rows, because p_id is unique and p has only 10 rows']);
  });
});

describe('the fingerprint', () => {
  const base = resolved(FILES).fingerprint;

  it('is the same for the same content', () => {
    expect(resolved(FILES).fingerprint).toBe(base);
    expect(resolved({ sql: SQL, yaml: `# a comment\n${YAML}\nversion: 1\n` }).fingerprint).toBe(base);
  });

  it.each([
    ['the scale', resolved(FILES, 0.5)],
    ['the seed', resolved(FILES, 1, 43)],
    ['the schema', resolved({ ...FILES, sql: `${SQL} CREATE INDEX ON children (parent_id);` })],
    ['the file', resolved({ ...FILES, yaml: YAML.replace('300', '301') })],
  ])('changes with %s', (_, other) => {
    expect(other.fingerprint).not.toBe(base);
  });
});

describe('finding a column', () => {
  it('goes by the address that people write', () => {
    const source = resolved(FILES);
    expect(findColumn(source, 'children.parent_id')?.rows).toBe(250_000);
    expect(findColumn(source, 'children.parent')).toBeUndefined();
  });
});
