import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mendSql, splitStatements } from '#rooms/postgres/index.js';

const lines = (sql: string): readonly number[] => mendSql(sql).mistakes.map(({ line }) => line);

describe('of a SQL text', () => {
  it.each([
    ['SELEC 1;\nSELECT 2;\nSELEC 3;', [1, 3]],
    ["SELECT 'a;b';\n-- c; d\n/* e; f */ SELEC 2;\nSELEC 'ü;';", [3, 4]],
    ['CREATE FUNCTON f() AS $$\nBEGIN\n  x := 1;\nEND $$;\nSELEC 1;', [1, 5]],
    ['SELEC 1;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\nSELEC 2;', [1, 3]],
    ['SELEC 1;\nCREATE RULE r AS ON INSERT TO t DO (SELECT (1); SELECT 2);\nSELEC 2;', [1, 3]],
    ["SELECT f('it's');\nSELEC 2;\nSELECT 'x';\nSELEC 4;", [1, 2, 4]],
    ["SELECT 'open;\nSELEC 2;\n", [1, 2]],
    ['CREATE TABLE a (id int;\nSELECT 2;\nSELEC 3;', [1, 3]],
    ['\\i other.sql\nSELECT 1;\nSELEC 2;', [1, 3]],
    ["COPY a FROM stdin;\n1\tit's; x\n\\.\nSELECT 1;\nSELEC 2;", [2, 5]],
    ['SELECT (1', [1]],
  ])('every broken statement is found on its line: %j', (sql, expected) => {
    expect(lines(sql)).toEqual(expected);
  });

  it('what is sound stays where it was', () => {
    const sql = "SELECT 'ä';\nSELEC 'ö;';\n  SELECT 3;";
    expect(mendSql(sql).text).toBe("SELECT 'ä';\n           \n  SELECT 3;");
  });

  it('any statements can be broken, and the others are still read', () => {
    const pieces = [
      "SELECT 'a;'",
      'UPDATE t SET a = $$;$$',
      'SELECT "b;" /* ; */',
      'SELEC 1',
      'DROP TABEL t',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1 }), (chosen) => {
        const wrong = chosen.flatMap((one, index) => (/SELEC |TABEL/.test(one) ? [index + 1] : []));
        const mended = mendSql(chosen.map((one) => `${one};\n`).join(''));
        expect(mended.mistakes.map(({ line }) => line)).toEqual(wrong);
        const parsed = splitStatements(mended.text);
        expect(parsed.ok && parsed.statements.length).toBe(chosen.length - wrong.length);
      }),
    );
  });
});
