import { describe, expect, it } from 'vitest';

import { found, transaction } from './sources.ts';

describe('steps inside steps', () => {
  it('branch by weights, and by conditions', () => {
    const body = `params: { qty: int 1..5 }
steps:
  - begin: repeatable read
    read_only: true
  - query: SELECT total FROM orders LIMIT 1
    capture: { total: total }
    expect: { rows: 1..2, columns: { total: 5 } }
  - let: { price: ":qty * 2" }
  - branch:
      - { weight: 3, steps: [{ think: 5ms..20ms }] }
      - { weight: 1, steps: [{ think: exponential 20ms }] }
  - if: :price > 4
    then: [{ query: "SELECT :price" }]
    else: [{ query: "SELECT :total" }]
  - commit`;
    expect(transaction(body).steps).toMatchObject([
      { kind: 'begin', text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' },
      { kind: 'query', expect: { rows: { least: 1, most: 2 }, columns: [{ column: 'total', value: '5' }] } },
      { kind: 'let', name: 'price' },
      {
        kind: 'branch',
        arms: [
          { weight: 3, steps: [{ kind: 'think', think: { kind: 'uniform', least: 5, most: 20 } }] },
          { weight: 1, steps: [{ kind: 'think', think: { kind: 'exponential', mean: 20 } }] },
        ],
      },
      {
        kind: 'if',
        arms: [{ steps: [{ kind: 'query', text: 'SELECT $1', names: ['price'] }] }],
        otherwise: [{ kind: 'query', names: ['total'] }],
      },
      { kind: 'commit' },
    ]);
  });

  it.each([
    [
      'steps:\n  - let: { x: "1 +" }\n  - query: SELECT :x',
      /^traffic\.yaml:7: transactions\.a\.steps\.0\.let\.x: not an expression: /,
    ],
    [
      'steps:\n  - let: { x: ":y + 1" }\n  - query: SELECT :x',
      /^traffic\.yaml:7: transactions\.a\.steps\.0\.let\.x: :y is neither a parameter nor captured before$/,
    ],
    ['steps:\n  - if: "("\n    then: [begin, commit]', /steps\.0\.if: not an expression: /],
    [
      'steps:\n  - branch:\n      - { weight: 1, steps: [begin] }\n      - { weight: 1, steps: [{ think: 1ms }] }\n  - commit',
      /one way leaves a transaction block open, another one does not/,
    ],
    [
      'steps:\n  - branch:\n      - { weight: 0, steps: [begin, commit] }',
      /steps\.0\.branch\.0\.weight: expected a number above 0, found 0/,
    ],
    ['steps:\n  - think: 5', /steps\.0\.think: expected/],
    [
      'steps:\n  - think: soon',
      /steps\.0\.think: expected a time such as 20ms, 10ms\.\.30ms or exponential 20ms, found "soon"/,
    ],
    ['steps:\n  - think: 30ms..10ms', /steps\.0\.think: expected a time such as/],
    [
      'steps:\n  - query: SELECT 1\n    expect: { rows: many }',
      /steps\.0\.expect\.rows: expected a number of rows such as 1, 1\.\.10 or ">= 1", found "many"/,
    ],
  ])('%#: is refused as %j', (body, reported) => {
    expect(found(body)).toEqual(expect.arrayContaining([expect.stringMatching(reported)]));
  });

  it.each([
    ['1', { least: 1, most: 1 }],
    ['1..10', { least: 1, most: 10 }],
    ['">= 2"', { least: 2, most: Infinity }],
    ['"> 2"', { least: 3, most: Infinity }],
    ['"<= 2"', { least: 0, most: 2 }],
    ['"< 2"', { least: 0, most: 1 }],
  ])('rows are expected as %s', (written, rows) => {
    const step = transaction(`steps:\n  - query: SELECT 1\n    expect: { rows: ${written} }`).steps[0];
    expect(step).toMatchObject({ expect: { rows } });
  });
});
