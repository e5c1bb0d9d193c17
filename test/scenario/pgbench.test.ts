import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { formatIssue, type Issue } from '#rooms/errors.js';
import { formatExpression } from '#rooms/expression/index.js';
import type { TrafficStep } from '#rooms/scenario/index.js';
import { readPgbenchScript, type PgbenchScript } from '#rooms/scenario/pgbench.js';

function read(text: string): PgbenchScript {
  const issues: Issue[] = [];
  const script = readPgbenchScript({ file: 'script.sql', text }, { given: [], issues });
  if (issues.length > 0) throw new Error(issues.map(formatIssue).join('\n'));
  return script;
}

/** One line a step, indented where it is inside of another. */
function outline(steps: readonly TrafficStep[]): readonly string[] {
  return steps.flatMap((step): readonly string[] => {
    switch (step.kind) {
      case 'begin':
        return [`begin ${step.text}`];
      case 'commit':
      case 'rollback':
        return [step.kind];
      case 'think':
        return [`think ${JSON.stringify(step.think)}`];
      case 'let':
        return [`${step.name} = ${formatExpression(step.expression)}`];
      case 'query': {
        const captures = step.capture.map(({ name, column }) => ` ${name}<-${column}`).join('');
        return [`${step.text} [${step.names.join(' ')}]${captures}`];
      }
      case 'if': {
        const arms = step.arms.flatMap(({ condition, steps: inner }) => [
          `if ${formatExpression(condition)}`,
          ...indented(inner),
        ]);
        return [...arms, 'else', ...indented(step.otherwise)];
      }
      case 'branch':
        throw new Error('pgbench has no branches');
    }
  });
}

const indented = (steps: readonly TrafficStep[]): readonly string[] =>
  outline(steps).map((line) => `  ${line}`);

const needs = (text: string): readonly string[] =>
  read(text).needs.map(({ name, location }) => `${name}:${location.line ?? 0}`);

/** What pgbench runs by itself, as `pgbench --show-script` prints it. */
const TPCB_LIKE = readFileSync(new URL('../pgbench/tpcb-like.sql', import.meta.url), 'utf8');

describe("pgbench's own scripts", () => {
  it('tpcb-like', () => {
    expect(outline(read(TPCB_LIKE).steps)).toEqual([
      'aid = random(1, 100000 * :scale)',
      'bid = random(1, 1 * :scale)',
      'tid = random(1, 10 * :scale)',
      'delta = random(- 5000, 5000)',
      'begin BEGIN',
      'UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2 [delta aid]',
      'SELECT abalance FROM pgbench_accounts WHERE aid = $1 [aid]',
      'UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2 [delta tid]',
      'UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2 [delta bid]',
      'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP) [tid bid aid delta]',
      'commit',
    ]);
    expect(needs(TPCB_LIKE)).toEqual(['scale:1']);
  });

  it('simple-update and select-only', () => {
    const lines = TPCB_LIKE.split('\n');
    const simple = lines
      .filter((line) => !/bid random|UPDATE pgbench_(?:tellers|branches)/.test(line))
      .join('\n');
    expect(outline(read(simple.replace(':bid', '1')).steps)).toHaveLength(8);
    const select = [lines[0], lines[6]].join('\n');
    expect(outline(read(select).steps)).toEqual([
      'aid = random(1, 100000 * :scale)',
      'SELECT abalance FROM pgbench_accounts WHERE aid = $1 [aid]',
    ]);
  });
});

describe('commands', () => {
  it('every one of them, nested', () => {
    const text = `-- a comment
\\set id random(1, 10)   
SELECT balance, owner AS who FROM accounts WHERE id = :id \\gset a_
\\if :a_balance > 0
  \\set share :a_balance \\
    / 2.0
  START TRANSACTION ISOLATION LEVEL SERIALIZABLE;
  UPDATE accounts SET balance = :share WHERE owner = :a_who;
  \\if :id = 1
    \\sleep 5 ms
  \\endif
  ROLLBACK;
\\elif NOT TRUE
  \\sleep :pause us
\\ELSE
  \\sleep 10
\\endif
INSERT INTO log DEFAULT VALUES RETURNING id
\\gset
SELECT :id`;
    const script = read(text);
    expect(outline(script.steps)).toEqual([
      'id = random(1, 10)',
      'SELECT balance, owner AS who FROM accounts WHERE id = $1 [id] a_balance<-balance a_who<-who',
      'if :a_balance > 0',
      '  share = :a_balance / 2.0',
      '  begin START TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      '  UPDATE accounts SET balance = $1 WHERE owner = $2 [share a_who]',
      '  if :id = 1',
      '    think {"kind":"constant","duration":5}',
      '  else',
      '  rollback',
      'if NOT TRUE',
      '  think {"kind":"variable","name":"pause","unit":0.001}',
      'else',
      '  think {"kind":"constant","duration":10000}',
      'INSERT INTO log DEFAULT VALUES RETURNING id [] id<-id',
      'SELECT $1 [id]',
    ]);
    expect(needs(text)).toEqual(['pause:14']);
  });

  it('\\gset expects exactly one row', () => {
    expect(read('SELECT 1 AS x \\gset').steps).toMatchObject([
      { kind: 'query', expect: { rows: { least: 1, most: 1 }, columns: [] } },
    ]);
  });

  it.each([
    ['\\sleep 2', { kind: 'constant', duration: 2_000 }],
    ['\\sleep 100us', { kind: 'constant', duration: 0.1 }],
    ['\\SLEEP 100 MS', { kind: 'constant', duration: 100 }],
    ['\\sleep :delay', { kind: 'variable', name: 'delay', unit: 1_000 }],
    ['\\sleep :delay ms', { kind: 'variable', name: 'delay', unit: 1 }],
  ])('%s', (text, think) => {
    expect(read(text).steps).toEqual([{ kind: 'think', think }]);
  });

  it('hash and permute take :default_seed where no seed is given, as a variable that the caller gives', () => {
    const text = '\\set h hash(:client_id)\n\\set p permute(:h, 10, 7) + permute(:h, 10)';
    expect(outline(read(text).steps)).toEqual([
      'h = hash(:client_id, :default_seed)',
      'p = permute(:h, 10, 7) + permute(:h, 10, :default_seed)',
    ]);
    expect(needs(text)).toEqual(['client_id:1', 'default_seed:1']);
  });

  it('END and ABORT end a transaction too', () => {
    const text = 'begin read only;end;START TRANSACTION;abort work;';
    expect(outline(read(text).steps)).toEqual([
      'begin begin read only',
      'commit',
      'begin START TRANSACTION',
      'rollback',
    ]);
  });

  it('savepoints are statements', () => {
    expect(outline(read('SAVEPOINT s; ROLLBACK TO s; RELEASE s;').steps)).toEqual([
      'SAVEPOINT s []',
      'ROLLBACK TO s []',
      'RELEASE s []',
    ]);
  });
});

describe('where a statement ends', () => {
  it.each([
    ["SELECT ';', E'\\';', 'it''s;' ; SELECT 2", ["SELECT ';', E'\\';', 'it''s;'", 'SELECT 2']],
    ['SELECT ";", "a"";" AS b; SELECT 2', ['SELECT ";", "a"";" AS b', 'SELECT 2']],
    ['SELECT $$;$$, $a$;$$;$a$; SELECT 2', ['SELECT $$;$$, $a$;$$;$a$', 'SELECT 2']],
    ['SELECT 1 -- ; \\set\n + 1 /* ; /* ; */ \\if */ ; SELECT 2', ['SELECT 1 -- ; \\set\n + 1', 'SELECT 2']],
    ['/* a */ SELECT 1 /* b */; -- c\n', ['SELECT 1']],
    ['SELECT 1;;\n;SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['SELECT a$1, e FROM t;SELECT 2', ['SELECT a$1, e FROM t', 'SELECT 2']],
    ['SELECT (ARRAY[1,2])[1\\:2], 1::int', ['SELECT (ARRAY[1,2])[1:2], 1::int']],
    ['SELECT 1\r\n;\r\nSELECT 2\r\n', ['SELECT 1', 'SELECT 2']],
  ])('%j', (text, statements) => {
    expect(outline(read(text).steps)).toEqual(statements.map((statement) => `${statement} []`));
  });

  it('a command ends it too, and its line ends the command', () => {
    expect(outline(read('SELECT 1\n\\set x 2\nSELECT :x\\sleep 0').steps)).toEqual([
      'SELECT 1 []',
      'x = 2',
      'SELECT $1 [x]',
      'think {"kind":"constant","duration":0}',
    ]);
  });
});

describe('lines', () => {
  it('of steps are those of the script', () => {
    const text = '-- first\n\n/* a\n   comment */ SELECT\n 1;\n\\set x \\\n 1\n\\if :x\nSELECT 2;\n\\endif';
    expect(read(text).steps).toMatchObject([
      { location: { file: 'script.sql', line: 4, path: '' } },
      { location: { line: 6 } },
      { location: { line: 8 }, arms: [{ steps: [{ location: { line: 9 } }] }] },
    ]);
  });

  it('a need is told once, where the name is used first', () => {
    expect(needs('SELECT 1;\nSELECT :a, :b;\n\\set a :a + :c\nSELECT :a, :c;')).toEqual([
      'a:2',
      'b:2',
      'c:3',
    ]);
  });
});
