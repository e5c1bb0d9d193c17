import { describe, expect, it } from 'vitest';

import { found, issues, scenario, SCENARIO, TRAFFIC, transaction } from './sources.ts';

describe('a transaction', () => {
  it('of one query is one step', () => {
    expect(transaction('query: SELECT 1')).toEqual({
      name: 'a',
      parameters: [],
      steps: [
        {
          kind: 'query',
          text: 'SELECT 1',
          names: [],
          pieces: ['SELECT 1'],
          order: [],
          preparable: true,
          capture: [],
          expect: undefined,
          location: { file: 'traffic.yaml', line: 6, path: 'transactions.a.query' },
        },
      ],
    });
  });

  it('of several steps captures and binds by name', () => {
    const body = `params: { who: customers.id }
steps:
  - begin
  - query: SELECT total, id FROM orders WHERE c = :who
    capture: { price: total, order: id }
  - think: 50ms
  - query: UPDATE orders SET total = :price WHERE id = :order AND c = :who
  - rollback`;
    expect(transaction(body).steps).toMatchObject([
      { kind: 'begin', text: 'BEGIN' },
      {
        text: 'SELECT total, id FROM orders WHERE c = $1',
        names: ['who'],
        capture: [
          { name: 'price', column: 'total' },
          { name: 'order', column: 'id' },
        ],
      },
      { kind: 'think', think: { kind: 'constant', duration: 50 } },
      { text: 'UPDATE orders SET total = $1 WHERE id = $2 AND c = $3', names: ['price', 'order', 'who'] },
      { kind: 'rollback' },
    ]);
  });

  it.each([
    [
      '{}',
      'traffic.yaml:5: transactions.a: a transaction is one of query, steps or file; found none of them\n    hint: one statement: query; several: steps; a pgbench script: file',
    ],
    [
      'query: SELECT 1\nsteps: [begin, commit]',
      'traffic.yaml:5: transactions.a: a transaction is one of query, steps or file; found query and steps\n    hint: one statement: query; several: steps; a pgbench script: file',
    ],
    [
      'query: SELEC 1',
      'traffic.yaml:6: transactions.a.query: not SQL: syntax error at or near "SELEC"\n    hint: write parameters as :name',
    ],
    [
      "query: SELECT 'open",
      'traffic.yaml:6: transactions.a.query: not SQL: unterminated quoted string at or near "\'open"\n    hint: write parameters as :name',
    ],
    [
      'query: SELECT 1; SELECT 2',
      'traffic.yaml:6: transactions.a.query: expected one statement, found 2\n    hint: each statement is a step of its own',
    ],
    [
      'query: -- nothing',
      'traffic.yaml:6: transactions.a.query: expected one statement, found 0\n    hint: each statement is a step of its own',
    ],
    [
      'query: COMMIT',
      'traffic.yaml:6: transactions.a.query: transaction control is a step of its own\n    hint: write - begin, - commit or - rollback',
    ],
    [
      'steps:\n  - begin\n  - query: SELECT 1',
      'traffic.yaml:6: transactions.a.steps: begin without commit: the connection would go back to the pool inside a transaction',
    ],
    ['steps:\n  - query: SELECT 1\n  - commit', 'traffic.yaml:6: transactions.a.steps: commit without begin'],
    [
      'steps:\n  - begin\n  - begin\n  - commit',
      'traffic.yaml:6: transactions.a.steps: begin inside a transaction block',
    ],
    [
      'steps:\n  - query: SELECT :x',
      'traffic.yaml:7: transactions.a.steps.0.query: :x is neither a parameter nor captured before',
    ],
    [
      'query: SELECT :odrer\nparams: { order: orders.id }',
      'traffic.yaml:6: transactions.a.query: :odrer is neither a parameter nor captured before\n    hint: did you mean "order"? known here: order',
    ],
    [
      'query: SELECT 1\nparams: { order: orders.id }',
      'traffic.yaml:7: transactions.a.params.order: no statement uses it\n    hint: write :order in a query, or remove it',
    ],
    [
      'steps:\n  - qurey: SELECT 1',
      'traffic.yaml:7: transactions.a.steps.0.qurey: unknown key "qurey"\n    hint: did you mean "query"? known here: begin, read_only, query, capture, expect, think, let, if, then, else, branch',
    ],
    ['steps: []', 'traffic.yaml:6: transactions.a.steps: expected a list of at least 1, found []'],
  ])('%#: is refused as %j', (body, reported) => {
    expect(found(body)).toContain(reported);
  });

  it('can not use what is captured only later', () => {
    const body = 'steps:\n  - query: SELECT :x\n  - query: SELECT 1 AS y\n    capture: { x: y }';
    expect(found(body)).toEqual([
      'traffic.yaml:7: transactions.a.steps.0.query: :x is neither a parameter nor captured before',
    ]);
  });
});

describe('a parameter is drawn', () => {
  const drawn = (written: string) =>
    transaction(`query: SELECT :p\nparams: { p: ${written} }`).parameters[0]!.value;

  it.each([
    ['orders.id', { kind: 'key', column: 'orders.id', distribution: { kind: 'uniform' }, latest: false }],
    [
      'orders.id uniform',
      { kind: 'key', column: 'orders.id', distribution: { kind: 'uniform' }, latest: false },
    ],
    [
      'orders.id zipfian',
      { kind: 'key', column: 'orders.id', distribution: { kind: 'zipfian', exponent: 1.1 }, latest: false },
    ],
    [
      'sales.orders.id zipfian 1.3',
      {
        kind: 'key',
        column: 'sales.orders.id',
        distribution: { kind: 'zipfian', exponent: 1.3 },
        latest: false,
      },
    ],
    [
      'orders.id latest 1.05',
      { kind: 'key', column: 'orders.id', distribution: { kind: 'zipfian', exponent: 1.05 }, latest: true },
    ],
    [
      'orders.id gaussian 2',
      { kind: 'key', column: 'orders.id', distribution: { kind: 'gaussian', spread: 2 }, latest: false },
    ],
    [
      'orders.id exponential',
      { kind: 'key', column: 'orders.id', distribution: { kind: 'exponential', rate: 5 }, latest: false },
    ],
    ['int 1..5', { kind: 'int', low: 1, high: 5, distribution: { kind: 'uniform' }, spread: false }],
    ['int -5 .. -1', { kind: 'int', low: -5, high: -1, distribution: { kind: 'uniform' }, spread: false }],
    [
      'int 1..100_000 zipfian 1.07',
      {
        kind: 'int',
        low: 1,
        high: 100_000,
        distribution: { kind: 'zipfian', exponent: 1.07 },
        spread: true,
      },
    ],
    [
      'int 1..9 gaussian',
      { kind: 'int', low: 1, high: 9, distribution: { kind: 'gaussian', spread: 3 }, spread: false },
    ],
    ['decimal 0.00..9.99', { kind: 'decimal', low: 0, high: 9.99, digits: 2 }],
    ['decimal -1..1.5', { kind: 'decimal', low: -1, high: 1.5, digits: 1 }],
    ['faker person.firstName', { kind: 'faker', method: 'person.firstName' }],
    ['uuid', { kind: 'uuid' }],
    ['sequence', { kind: 'sequence', first: 0 }],
    ['sequence from 1_000', { kind: 'sequence', first: 1_000 }],
    ['7', { kind: 'values', values: ['7'], weights: [1] }],
    ['{ values: [a, 2, true] }', { kind: 'values', values: ['a', '2', 'true'], weights: [1, 1, 1] }],
    ['{ values: { a: 3, b: 0.5, c: 0 } }', { kind: 'values', values: ['a', 'b', 'c'], weights: [3, 0.5, 0] }],
  ])('as %s', (written, value) => {
    expect(drawn(written)).toEqual(value);
  });

  it.each([
    [
      'orders',
      'expected a column with a draw (orders.id zipfian 1.1), int 1..5, decimal 0.00..9.99, faker person.firstName, uuid, sequence, or { values: [a, b] }, found "orders"\n    hint: a fixed text is written { values: [text] }',
    ],
    [
      'orders.id zipfain',
      'expected orders.id and how to draw it, found "zipfain"\n    hint: did you mean "zipfian"? known here: uniform, zipfian, latest, gaussian, exponential',
    ],
    [
      'orders.id zipfian hot',
      'expected orders.id and how to draw it, found "zipfian hot"\n    hint: zipfian takes one number above 0',
    ],
    [
      'orders.id zipfian -1',
      'expected orders.id and how to draw it, found "zipfian -1"\n    hint: zipfian takes one number above 0',
    ],
    [
      'orders.id zipfian 1 2',
      'expected orders.id and how to draw it, found "zipfian 1 2"\n    hint: zipfian takes one number above 0',
    ],
    ['int 5..1', 'expected a range such as int 1..5, found "5..1"'],
    ['int', 'expected a range such as int 1..5, found ""'],
    [
      'int 1..5 latest',
      'latest is for keys of a table\n    hint: a range has zipfian, gaussian or exponential',
    ],
    [
      'int 1..5 zipf',
      'expected int 1..5 and how to draw it, found "zipf"\n    hint: known here: uniform, zipfian, latest, gaussian, exponential',
    ],
    ['decimal 1..x', 'expected a range such as decimal 0.00..9.99, found "1..x"'],
    ['faker firstName', 'expected a method of faker such as faker person.firstName, found "firstName"'],
    ['uuid v7', 'uuid takes nothing more, found "v7"\n    hint: a UUID here is one of version 4'],
    ['sequence 5', 'expected sequence or sequence from 1_000_000, found "5" after sequence'],
    ['sequence from x', 'expected sequence or sequence from 1_000_000, found "from x" after sequence'],
    [
      'int 1..9 gaussian 0.1',
      'expected int 1..9 and how to draw it, found "gaussian 0.1"\n    hint: gaussian takes one number of at least 2',
    ],
    ['{ values: { a: 0 } }', 'at least one value needs a weight above 0'],
  ])('not as %s', (written, message) => {
    expect(found(`query: SELECT :p\nparams: { p: ${written} }`)).toContain(
      `traffic.yaml:7: transactions.a.params.p: ${message}`,
    );
  });
});

describe('the mix', () => {
  it('gives each transaction its weight', () => {
    expect(scenario(SCENARIO).traffic.workloads[0]!.mix).toEqual([
      { transaction: 'order_page', weight: 3 },
      { transaction: 'place_order', weight: 1 },
    ]);
  });

  it('names every transaction, and only those', () => {
    const text = TRAFFIC.replace('place_order: 1', 'place_ordr: 1');
    expect(issues(SCENARIO, { 'traffic.yaml': text })).toEqual([
      'traffic.yaml:3: mix.place_ordr: no transaction is called "place_ordr"\n    hint: did you mean "place_order"? known here: order_page, place_order',
      'traffic.yaml:8: transactions.place_order: is not in the mix, so it would never run\n    hint: add it to mix, or remove it',
    ]);
  });

  it('takes weights above 0', () => {
    const text = TRAFFIC.replace('place_order: 1', 'place_order: 0');
    expect(issues(SCENARIO, { 'traffic.yaml': text })).toEqual([
      'traffic.yaml:3: mix.place_order: expected a number above 0, found 0',
    ]);
  });
});

it.each([
  ['connections: 4', 'connections: 0', 'connections: expected a number of at least 1, found 0'],
  [
    'connections: 4',
    'connections: 10_001',
    'connections: expected a number of at most 10000, found "10_001"',
  ],
  [
    'connections: 4',
    'connections: 4\narrival: poison',
    'arrival: expected one of poisson, uniform, found "poison"',
  ],
])('instead of %j the traffic can not say %j', (right, wrong, reported) => {
  expect(issues(SCENARIO, { 'traffic.yaml': TRAFFIC.replace(right, wrong) })).toEqual([
    expect.stringContaining(reported),
  ]);
});
