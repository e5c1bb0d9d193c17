import { describe, expect, it } from 'vitest';

import { formatIssue, type Issue } from '#rooms/errors.js';
import { readPgbenchScript } from '#rooms/scenario/pgbench.js';

function issues(text: string): readonly string[] {
  const found: Issue[] = [];
  readPgbenchScript({ file: 'script.sql', text }, { given: [], issues: found });
  return found.map(formatIssue);
}

describe('a mistake', () => {
  it.each([
    ['', ['1: there is no statement in it']],
    ['-- nothing\n', ['1: there is no statement in it']],
    [
      'SELECT 1;\n\\sett x 1',
      [
        '2: there is no command \\sett\n    hint: did you mean "\\set"? known here: \\set, \\gset, \\sleep, \\if, \\elif, \\else, \\endif',
      ],
    ],
    ['\\set', ['1: \\set without a variable\n    hint: \\set name expression']],
    [
      '\\set 1x 2',
      [
        '1: "1x" is no name for a variable\n    hint: letters, digits and underscores, with no digit at the beginning',
      ],
    ],
    ['\\set x', ['1: not an expression: expected a value, found nothing more']],
    ['\\set x 1 + \\\n  2 3', ['2: not an expression: expected an operator, found "3" at "3"']],
    [
      '\\set x 1 -- one',
      [
        '1: not an expression: expected a value, found "one": write variables as :one at "one"\n    hint: a comment has a line of its own',
      ],
    ],
    ['\\if\n\\endif', ['1: not an expression: expected a value, found nothing more']],
    ['\\if 1', ['1: \\if without \\endif']],
    ['\\if 1\n\\if 2\n\\endif', ['1: \\if without \\endif']],
    ['\\endif', ['1: \\endif without \\if']],
    ['\\else', ['1: \\else without \\if']],
    ['\\elif 1', ['1: \\elif without \\if']],
    ['\\if 1\n\\else\n\\else\n\\elif 2\n\\endif', ['3: \\else after \\else', '4: \\elif after \\else']],
    ['\\if 1\n\\endif now', ['2: \\endif stands alone, found "now"']],
    ['\\gset', ['1: \\gset without a statement directly before it']],
    ['SELECT 1 AS x;\n\\sleep 1\n\\gset', ['3: \\gset without a statement directly before it']],
    ['SELECT 1 AS x \\gset\n\\gset', ['2: the statement before \\gset has its \\gset already']],
    ['BEGIN \\gset\n', ['1: the statement before \\gset returns no row']],
    ['SELECT 1 AS x \\gset a b', ['1: \\gset takes one prefix, found "b" after it']],
    [
      'SELECT 1 AS x \\gset 1',
      [
        '1: "1x" is no name for a variable\n    hint: letters, digits and underscores, with no digit at the beginning',
      ],
    ],
    [
      'SELECT * FROM t \\gset',
      [
        '1: the statement does not tell which columns \\gset will find\n    hint: name them: SELECT … AS name',
      ],
    ],
    [
      'SELECT a, a + 1 FROM t \\gset',
      ['1: column 2 of the statement before \\gset has no name\n    hint: name it with AS'],
    ],
    [
      'SELECT t.a, u.a FROM t, u \\gset',
      ['1: two columns of the statement before \\gset are called "a"\n    hint: name them with AS'],
    ],
    [
      'UPDATE t SET a = 1 \\gset',
      [
        '1: the statement before \\gset returns no row\n    hint: INSERT, UPDATE, DELETE and MERGE return one with RETURNING',
      ],
    ],
    [
      'SELEC 1 AS x \\gset\nSELECT 2;',
      ['1: not SQL: syntax error at or near "SELEC"\n    hint: write parameters as :name'],
    ],
    [
      'SELECT 1;\nSELECT\n  1 1;',
      ['3: not SQL: syntax error at or near "1"\n    hint: write parameters as :name'],
    ],
    ["SELECT 1;\nSELECT 'open\n;", ['2: quotes or a comment without an end: "\'open\\n;"']],
    ['SELECT 1 /* open', ['1: quotes or a comment without an end: "/* open"']],
    [
      'COMMIT AND CHAIN;',
      ['1: AND CHAIN is not supported\n    hint: begin the next transaction with a BEGIN of its own'],
    ],
    [
      '\\set n 1\nSELECT * FROM part_:n WHERE a = :n;',
      [
        '2: :n directly after a name or a number: values are bound, never pasted into the text\n    hint: write a blank before it; between several tables a branch or a condition can choose',
      ],
    ],
    [
      "\\set n 1\nSELECT 'user :n', '12:n0n', ':scale::n';",
      [
        "2: :n inside of quotes: values are bound, never pasted into the text\n    hint: put the value together outside of them: '…' || :n",
        "2: :scale inside of quotes: values are bound, never pasted into the text\n    hint: put the value together outside of them: '…' || :scale",
      ],
    ],
    ['\\sleep', ['1: expected \\sleep, a whole number or :variable, and us, ms or s; found "\\sleep"']],
    [
      '\\sleep 1.5 s',
      ['1: expected \\sleep, a whole number or :variable, and us, ms or s; found "\\sleep 1.5 s"'],
    ],
    [
      '\\sleep 1 min',
      ['1: expected \\sleep, a whole number or :variable, and us, ms or s; found "\\sleep 1 min"'],
    ],
    [
      '\\sleep 1 s s',
      ['1: expected \\sleep, a whole number or :variable, and us, ms or s; found "\\sleep 1 s s"'],
    ],
  ])('%j', (text, expected) => {
    expect(issues(text)).toEqual(expected.map((issue) => `script.sql:${issue}`));
  });

  it.each([
    '\\setshell x echo 1',
    '\\shell ls',
    '\\aset',
    '\\startpipeline',
    '\\syncpipeline',
    '\\endpipeline',
  ])('%s is refused with a reason and a way out', (text) => {
    expect(issues(`SELECT 1;\n${text}\n`)).toEqual([
      expect.stringMatching(/^script\.sql:2: \\\w+ is not supported: .+\n {4}hint: .+$/),
    ]);
  });

  it('combined statements are refused', () => {
    expect(issues('SELECT 1 \\; SELECT 2;')).toEqual([
      'script.sql:1: \\; is not supported: each statement is sent by itself\n    hint: end the statements with ; alone',
    ]);
  });

  it('does not hide another one', () => {
    expect(issues('\\foo\n\\set x (\nSELEC;\n\\endif').map((issue) => issue.slice(0, 13))).toEqual([
      'script.sql:1:',
      'script.sql:2:',
      'script.sql:3:',
      'script.sql:4:',
    ]);
  });
});
