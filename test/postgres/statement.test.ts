import { describe, expect, it } from 'vitest';

import { splitStatements, type SqlStatement } from '#rooms/postgres/index.js';

function statements(sql: string): readonly SqlStatement[] {
  const parsed = splitStatements(sql);
  if (!parsed.ok) throw new Error(parsed.mistake.message);
  return parsed.statements;
}

const only = (sql: string): SqlStatement => statements(sql)[0]!;

describe('splitting', () => {
  it('finds each statement with its line', () => {
    const sql = "\n-- first\nSELECT 'a;b';\n\n/* second; /* nested */ */\nUPDATE t\nSET a = $$;$$;SELECT 3";
    expect(statements(sql).map(({ text, line }) => [line, text])).toEqual([
      [3, "SELECT 'a;b'"],
      [6, 'UPDATE t\nSET a = $$;$$'],
      [7, 'SELECT 3'],
    ]);
  });

  it('counts lines after letters of several bytes', () => {
    expect(
      statements("SELECT 'Größe 🐘';\nSELECT 'ü';\nSELECT 3").map(({ text, line }) => [line, text]),
    ).toEqual([
      [1, "SELECT 'Größe 🐘'"],
      [2, "SELECT 'ü'"],
      [3, 'SELECT 3'],
    ]);
  });

  it.each(['', ' \n', '-- only a comment\n', '/* nothing */', ';;'])('finds none in %j', (sql) => {
    expect(statements(sql)).toEqual([]);
  });

  it.each([
    ['SELECT 1;\nSELEC 2;', 2, /syntax error at or near "SELEC"/],
    ["SELECT 'ünï';\n\nSELECT 'open", 3, /unterminated quoted string/],
    ['SELECT (1', 1, /syntax error at end of input/],
    ['\\d orders', 1, /syntax error/],
  ])('says what PostgreSQL says of %j, and in which line', (sql, line, message) => {
    const parsed = splitStatements(sql);
    expect(parsed).toMatchObject({ ok: false, mistake: { line } });
    expect(parsed.ok ? '' : parsed.mistake.message).toMatch(message);
  });
});

describe('in a transaction block PostgreSQL', () => {
  it.each([
    'CREATE INDEX CONCURRENTLY i ON t (a)',
    'DROP INDEX CONCURRENTLY i',
    'REINDEX TABLE CONCURRENTLY t',
    'REINDEX SCHEMA s',
    'REINDEX DATABASE d',
    'ALTER TABLE t DETACH PARTITION p CONCURRENTLY',
    'VACUUM t',
    'VACUUM FULL t',
    'CLUSTER',
    'CREATE DATABASE d',
    'DROP DATABASE d',
    'CREATE TABLESPACE s LOCATION $$/x$$',
    'DROP TABLESPACE s',
    'ALTER SYSTEM SET work_mem = $$1MB$$',
  ])('refuses %s', (sql) => {
    expect(only(sql).transactional).toBe(false);
  });

  it.each([
    'CREATE INDEX i ON t (a)',
    'DROP INDEX i',
    'REINDEX TABLE t',
    'REINDEX INDEX i',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
    'ALTER TABLE t ADD COLUMN concurrent int',
    'ALTER TABLE t DETACH PARTITION p',
    'ALTER TYPE e ADD VALUE $$x$$',
    'ANALYZE t',
    'CLUSTER t USING i',
    'DO $$ BEGIN PERFORM 1; END $$',
    'CALL p()',
  ])('accepts %s', (sql) => {
    expect(only(sql).transactional).toBe(true);
  });
});

it.each([
  ['CALL p()', true],
  ['DO $$ BEGIN COMMIT; END $$', true],
  ['DO $$ BEGIN PERFORM 1; rollback; END $$', true],
  ['DO $$ BEGIN PERFORM committed FROM t; END $$', false],
  ['UPDATE t SET a = $$commit$$', false],
])('%s may commit by itself: %s', (sql, mayCommit) => {
  expect(only(sql).mayCommit).toBe(mayCommit);
});

it.each([
  ['BEGIN', 'begin'],
  ['START TRANSACTION', 'begin'],
  ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'begin'],
  ['COMMIT', 'commit'],
  ['END', 'commit'],
  ['ROLLBACK', 'rollback'],
  ['ABORT', 'rollback'],
  ['SAVEPOINT s', undefined],
  ['ROLLBACK TO s', undefined],
  ['RELEASE s', undefined],
  ['SELECT 1', undefined],
])('%s controls a transaction: %s', (sql, control) => {
  expect(only(sql).control).toBe(control);
});

it('gives the parse tree, for those who look deeper', () => {
  expect(only('TRUNCATE t').node).toHaveProperty('TruncateStmt');
});
