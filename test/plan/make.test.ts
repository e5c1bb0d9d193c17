import { describe, expect, it } from 'vitest';

import type { Dataset } from '#rooms/dataset/index.js';
import { formatIssue } from '#rooms/errors.js';
import { describePlan, makePlan, type Plan } from '#rooms/plan/index.js';

import { scenario, SCENARIO, TRAFFIC } from '../scenario/sources.ts';

type Table = Dataset['tables'][number];

function table(name: string, rows: number): Table {
  const at = { file: 'shop.yaml', path: name };
  return {
    at,
    schema: 'public',
    name,
    display: name,
    size: { kind: 'rows', rows, scale: 'linear', stated: true },
    layout: { kind: 'independent' },
    columns: [
      {
        at,
        name: 'id',
        type: { kind: 'int8' },
        nullFrac: 0,
        generator: { kind: 'sequence', start: 1, step: 1 },
        notNull: true,
        explicit: false,
        constantDefault: undefined,
        asked: { correlation: undefined, distinct: undefined, unique: true },
      },
    ],
    partitioned: false,
    partitions: undefined,
    storage: { fillfactor: undefined, deadTuples: 0, freeSpace: 0, statisticsTarget: undefined },
    expect: { rows: undefined, allVisible: undefined, deadTuples: undefined, columns: [] },
    checks: [],
    unsolved: [],
  };
}

const SHOP: Dataset = {
  name: 'shop',
  file: 'shop.yaml',
  seed: 11,
  schema: { file: 'shop.sql', sql: '', statements: [] },
  tables: [table('customers', 20_000), table('orders', 100_000)],
  partitioned: [],
  notes: ['events.payload is left NULL'],
};

function plan(text: string = SCENARIO, files: Readonly<Record<string, string>> = {}): Plan {
  const outcome = makePlan(scenario(text, files), SHOP);
  if (!outcome.ok) throw new Error(outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

function issues(files: Readonly<Record<string, string>>, dataset: Dataset = SHOP): readonly string[] {
  const outcome = makePlan(scenario(SCENARIO, files), dataset);
  return outcome.ok ? [] : outcome.issues.map(formatIssue);
}

describe('a plan', () => {
  it('knows the column behind every key', () => {
    expect(plan().traffic.workloads[0]!.mix[0]!.parameters).toMatchObject([
      {
        name: 'order',
        draw: {
          kind: 'key',
          column: { table: 'orders', name: 'id', rows: 100_000 },
          distribution: { kind: 'zipfian', exponent: 1.1 },
          latest: false,
          hotSet: 'orders',
        },
      },
    ]);
  });

  it('takes row counts times the scale', () => {
    const { dataset } = plan(`${SCENARIO}scale: 0.1\n`);
    if (dataset.kind !== 'generated') throw new Error('expected a dataset file');
    expect(dataset.resolved.tables.map(({ display, rows }) => [display, rows])).toEqual([
      ['customers', 2_000],
      ['orders', 10_000],
    ]);
  });

  it('takes the seed of the scenario, else that of the dataset, for rows and arrivals', () => {
    const [own, other] = [plan(), plan(`${SCENARIO}seed: 5\n`)];
    expect(own).toMatchObject({ traffic: { seed: 11 }, dataset: { resolved: { seed: 11 } } });
    expect(other).toMatchObject({ traffic: { seed: 5 }, dataset: { resolved: { seed: 5 } } });
  });

  it('can be handed to a worker thread', () => {
    const { traffic } = plan();
    expect(structuredClone(traffic)).toEqual(traffic);
  });

  it('is not made where a key names no column: all of them are reported, with their lines', () => {
    const traffic = TRAFFIC.replace('orders.id', 'ordrs.id').replace('customers.id', 'customers.name');
    expect(issues({ 'traffic.yaml': traffic })).toEqual([
      'traffic.yaml:7: transactions.order_page.params.order: the dataset has no column ordrs.id\n    hint: did you mean "orders.id"? known here: customers.id, orders.id',
      'traffic.yaml:9: transactions.place_order.params.customer: the dataset has no column customers.name\n    hint: did you mean "customers.id"? known here: customers.id, orders.id',
    ]);
  });

  it('is not made where there is no row to draw from', () => {
    const empty = { ...SHOP, tables: [table('customers', 20_000), table('orders', 0)] };
    expect(issues({}, empty)).toEqual([
      'traffic.yaml:7: transactions.order_page.params.order: there is no row of orders to draw orders.id from\n    hint: give the table rows in the dataset file, or raise the scale',
    ]);
  });
});

describe('a plan for people', () => {
  const EVERYTHING = `${SCENARIO.replace(/^migration:.*\n/m, '')}name: everything
scale: 0.1
actors:
  nightly: { kind: report, query: SELECT 1, duration: 6s }
  backup: { kind: dump, phase: baseline, start: 500ms }
  tidy: { kind: vacuum, analyze: true, tables: [orders, customers], duration: 2s, period: 10s }
  purge: { kind: batch, query: DELETE FROM orders WHERE false, phase: recovery }
migration:
  - name: change
    sql: "ALTER TABLE orders ADD COLUMN a int;\\n\\nALTER TABLE orders  ADD COLUMN b int"
    lock_timeout: 50ms
    retries: { times: 30, backoff: 250ms }
  - backfill: { table: orders, set: a = 1, where: a IS NULL, batch: 2_000, pause: 20ms }
    statement_timeout: 5s
  - command: PGPASSWORD=hunter2 npm run migrate
rerun: true
thresholds: { failed: rate < 1% }
`;
  const lines = describePlan(plan(EVERYTHING)).split('\n');

  it.each([
    'everything   (a.yaml)',
    '  nightly: report for 6 s, starting 1 s before the migration phase',
    '  backup: dump of all tables, starting 500 ms into the baseline phase',
    '  tidy: vacuum (analyze) of orders, customers for 2 s, every 10 s, starting 1 s before the migration phase',
    '  purge: batch, starting 0 ms into the recovery phase',
    '  100/s poisson arrivals on 4 connections, named statements',
    '  order_page                  75 %       75/s   1 statement',
    '  place_order                 25 %       25/s   2 statements',
    '  warmup     2 s (not judged)',
    '  migration  until it is over; at least 5 s, at most 10 min 0 s',
    '  before and after: each statement alone and rolled back, 1 s for all of them',
    '  change: lock_timeout 50 ms, 30 retries, first after 250 ms',
    '    in one transaction, 2 statements:',
    '      ALTER TABLE orders ADD COLUMN a int',
    '      ALTER TABLE orders ADD COLUMN b int',
    '  step 2: no lock_timeout, statement_timeout 5 s, no retries',
    '    UPDATE orders SET a = 1 WHERE a IS NULL, in batches of 2,000 by the primary key, pause 20 ms',
    '    $ PGPASSWORD=*** npm run migrate',
    '  afterwards once more, without traffic: it must change nothing or fail cleanly (rerun)',
    '  failed rate < 1%',
    '  events.payload is left NULL',
  ])('says: %s', (line) => {
    expect(lines).toContain(line);
  });

  it('counts the arrivals of the baseline, as many as the rate says but for chance', () => {
    expect(lines.find((line) => line.startsWith('  baseline'))).toMatch(
      / {3}10 s, (?:9\d\d|1,0\d\d) arrivals$/,
    );
  });

  it('says how many rows there will be, by table', () => {
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}shop\.yaml at scale 0\.1, seed 11: 12,000 rows, about /),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}orders +10,000 rows +\d/));
  });

  it('says which thresholds hold where none are stated', () => {
    const shown = describePlan(plan());
    expect(shown).toContain('leftovers count == 0   (default)');
    expect(shown).not.toContain('actors');
    expect(shown).not.toContain('rerun');
  });
});

describe('a backfill', () => {
  const told = (steps: string): readonly string[] => {
    const made = makePlan(scenario(`${SCENARIO.replace(/^migration:.*$/m, '')}\nmigration:\n${steps}`), SHOP);
    return made.ok ? [] : made.issues.map(formatIssue);
  };

  it('of a table or by a column that nobody speaks of is told before anything is loaded', () => {
    const [table, column] = told(`
  - backfill: { table: order, set: a = 1 }
  - backfill: { table: ordrs, set: a = 1 }
  - backfill: { table: orders, key: ident, set: a = 1 }`);
    expect(table).toMatch(/there is no table ordrs to backfill\n +hint: did you mean "orders"/);
    expect(column).toMatch(/there is no column ident in orders to cut batches by/);
  });

  it('of what the migration makes, or a tool may make, is not', () => {
    expect(
      told(`
  - sql: CREATE TABLE copies (num int PRIMARY KEY)
  - backfill: { table: copies, key: num, set: a = 1 }`),
    ).toEqual([]);
    expect(
      told(`
  - command: npx tool
  - backfill: { table: whatever, set: a = 1 }`),
    ).toEqual([]);
  });
});
