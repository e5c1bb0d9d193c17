import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Failure } from '#rooms/errors.js';

import { resolved, type Files } from './sample.js';

interface Mistake {
  readonly table: string;
  readonly sql: string;
  /** Of the table, after `tables:`. */
  readonly yaml: string;
  /** Where it is told, and how. */
  readonly file: 'yaml' | 'sql';
  readonly message: string;
}

/** Each in a table of its own, on one line of the file and one of the schema. */
const MISTAKES: readonly Mistake[] = [
  {
    table: 'flags',
    sql: 'flag boolean NOT NULL UNIQUE',
    yaml: '{ rows: 10 }',
    file: 'yaml',
    message:
      'tables.flags.rows: flags is to have 10 rows, but its key must be unique and flag has only 2 values',
  },
  {
    table: 'moods',
    sql: 'v mood NOT NULL UNIQUE',
    yaml: '{ rows: 4 }',
    file: 'yaml',
    message: 'tables.moods.rows: moods is to have 4 rows, but its key must be unique and v has only 3 values',
  },
  {
    table: 'letters',
    sql: 'code char(1) UNIQUE',
    yaml: '{ rows: 40 }',
    file: 'yaml',
    message: 'tables.letters.rows: letters is to have 40 rows, but code is unique and has only 1 character',
  },
  {
    table: 'lists',
    sql: 'code char(1) UNIQUE',
    yaml: '{ rows: 9, columns: { code: { values: [a, b, c] } } }',
    file: 'yaml',
    message:
      'tables.lists.columns.code: lists: rows 4 and before have the same (code), which lists_code_key wants unique',
  },
  {
    table: 'wrong_way',
    sql: 'lo int NOT NULL, hi int NOT NULL, CHECK (lo > hi AND hi > lo)',
    yaml: '{ rows: 10 }',
    file: 'sql',
    message: 'wrong_way: row 1 (lo = ',
  },
  {
    table: 'many',
    sql: 'v int',
    yaml: '{ rows: 10, columns: { v: { n_distinct: 20 } } }',
    file: 'yaml',
    message:
      'tables.many.columns.v: many.v is to have 20 different values, but only 10 of its 10 rows are not NULL',
  },
  {
    table: 'steep',
    sql: 'v int NOT NULL',
    yaml: '{ rows: 5_000, columns: { v: { n_distinct: 2, correlation: -0.9 } } }',
    file: 'yaml',
    message:
      'tables.steep.columns.v: steep.v is to have a correlation of -0.9, but 2 different values have at least',
  },
  {
    table: 'days',
    sql: "at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'",
    yaml: '{ rows: 100, columns: { at: { series: { from: 2024-01-01, to: 2024-03-01 } } } }',
    file: 'yaml',
    message: 'tables.days.rows: days: no partition takes rows with at 2024-02-01',
  },
];

const GOOD: Mistake = {
  table: 'good',
  sql: 'id int PRIMARY KEY',
  yaml: '{ rows: 5 }',
  file: 'yaml',
  message: '',
};

function filesOf(tables: readonly Mistake[]): Files {
  const creates = tables.map(({ table, sql }) => `CREATE TABLE ${table} (${sql});`);
  const entries = tables.map(({ table, yaml }) => `  ${table}: ${yaml}`);
  return {
    sql: ["CREATE TYPE mood AS ENUM ('a', 'b', 'c');", ...creates].join('\n'),
    yaml: ['tables:', ...entries].join('\n'),
  };
}

/** Lines without hints. */
function told(files: Files): readonly string[] {
  try {
    resolved(files);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe('dataset.impossible');
    return error.message.split('\n').filter((line) => !line.startsWith('    hint:'));
  }
}

describe('what no rows can satisfy', () => {
  it('is told for all tables at once, each with its file and line', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([GOOD, ...MISTAKES], { minLength: 1 }), (tables) => {
        const lines = told(filesOf(tables));
        const expected = tables.flatMap(({ file, message }, place) => {
          if (message === '') return [];
          // `schema:` and `tables:` stand before the tables, CREATE TYPE before the statements.
          return [
            file === 'yaml' ? `shop.yaml:${place + 3}: ${message}` : `shop.sql:${place + 2}: ${message}`,
          ];
        });
        expect(lines).toHaveLength(expected.length);
        for (const start of expected)
          expect(
            lines.some((line) => line.startsWith(start)),
            start,
          ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    'v int NOT NULL CHECK (v < 0 AND v > 0)',
    "v text NOT NULL CHECK (v IN ('a', 'b')) CHECK (v IN ('c'))",
    'v numeric NOT NULL CHECK (v > 10) CHECK (v < 5)',
    'v text NOT NULL CHECK (length(v) > 10 AND length(v) < 5)',
    "v date NOT NULL CHECK (v > '2025-01-01' AND v < '2024-01-01')",
    'v int NOT NULL CHECK (v IN (1, 2) AND v > 5)',
  ])('is told of checks that contradict each other: %s', (column) => {
    expect(told({ sql: `CREATE TABLE t (${column});`, yaml: 'tables: { t: { rows: 3 } }' })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^shop.sql:1: t: row 1 \(v = .*\) breaks CHECK t_v_check/),
      ]),
    );
  });

  it.each([
    'v int NOT NULL CHECK (v IN (1, 7) AND v > 0)',
    "v text NOT NULL CHECK (v IN ('a', 'b')) CHECK (length(v) < 2)",
  ])('is not told of a list beside limits that it keeps: %s', (column) => {
    expect(told({ sql: `CREATE TABLE t (${column});`, yaml: 'tables: { t: { rows: 3 } }' })).toEqual([]);
  });

  it('is told for everything in one table too, without what only follows from it', () => {
    const sql =
      'CREATE TABLE p (id int PRIMARY KEY, code char(1) NOT NULL UNIQUE, flag boolean NOT NULL UNIQUE, lo int NOT NULL, CHECK (lo < 0 AND lo > 0));\n' +
      'CREATE TABLE c (p_id int PRIMARY KEY REFERENCES p);';
    expect(told({ sql, yaml: 'tables:\n  p: { rows: 50 }\n  c: { rows: 50 }' })).toEqual([
      'shop.yaml:3: tables.p.rows: p is to have 50 rows, but its key must be unique and flag has only 2 values',
      'shop.yaml:3: tables.p.rows: p is to have 50 rows, but code is unique and has only 1 character',
      expect.stringMatching(/^shop.sql:1: p: row 1 \(lo = -?\d+\) breaks CHECK p_lo_check$/),
    ]);
  });
});
