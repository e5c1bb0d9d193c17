import { describe, expect, it } from 'vitest';

import { parseQuery } from '#rooms/scenario/statement.js';

describe('a query', () => {
  it('has its parameters in their places', () => {
    expect(parseQuery('SELECT :b, :a + :b::int')).toEqual({
      text: 'SELECT $1, $2 + $1::int',
      names: ['b', 'a'],
      pieces: ['SELECT ', ', ', ' + ', '::int'],
      order: [0, 1, 0],
      preparable: true,
      mistakes: [],
    });
  });

  it.each([
    ['SELECT 1', true],
    ['INSERT INTO t VALUES (:a)', true],
    ['MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE', true],
    ['VALUES (:a)', true],
    ['TRUNCATE t', false],
    ['SAVEPOINT s', false],
    ['SELEC 1', false],
  ])('%s may be prepared: %s', (sql, preparable) => {
    expect(parseQuery(sql).preparable).toBe(preparable);
  });
});

const PASTED = 'directly after a name or a number: values are bound, never pasted into the text';

describe('a mistake in a query, with its line', () => {
  it.each([
    ['SELECT\n1 1', ['2: not SQL: syntax error at or near "1"']],
    ['SELECT 1; SELECT 2', ['1: expected one statement, found 2']],
    ['-- nothing', ['1: expected one statement, found 0']],
    ['-- a\nCOMMIT', ['2: transaction control is a step of its own']],
    ['BEGIN; SELECT 1', ['1: expected one statement, found 2']],
    ['SELECT *\nFROM t_:part', [`2: :part ${PASTED}`]],
    ['SELECT * FROM größe:part', [`1: :part ${PASTED}`]],
    ['SELECT 1:part', [`1: :part ${PASTED}`]],
    ['SELECT $1, :a', ['1: parameters have names here, not numbers']],
  ])('%j', (sql, expected) => {
    expect(parseQuery(sql).mistakes.map(({ line, message }) => `${line}: ${message}`)).toEqual(expected);
  });

  it.each([
    "SELECT '$1', '{\"ParamRef\":1}'",
    'SELECT $a$ $1 $a$, :a',
    'SELECT :a + :a',
    'SELECT a[1: :n], b::text FROM t',
  ])('none in %s', (sql) => {
    expect(parseQuery(sql).mistakes).toEqual([]);
  });
});
