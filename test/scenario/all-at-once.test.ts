import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { placesOf, withSlips, type Slip, type Texts } from '../document/breaking.ts';

import { parse } from './sources.ts';

const TEXTS: Texts = {
  'a.yaml': `name: nightly
dataset: shop.yaml
scale: 0.5
settings: { work_mem: 4MB }
traffic: traffic.yaml
actors:
  clerk:
    kind: report
    query: SELECT count(*) FROM orders
    duration: 5s
  dump:
    kind: idle-in-transaction
    query: SELECT 1 FROM customers
    duration: 10s
phases:
  baseline: 10s
  migration: { max: 4m }
migration:
  - sql: ALTER TABLE orders ADD COLUMN note text
    lock_timeout: 50ms
  - file: m.sql
    retries: 3
  - backfill:
      table: orders
      set: note = ''
      where: note IS NULL
      batch: 500
thresholds:
  response_time{phase:migration}: p(99) < 1s
  response_time{transaction:order_page}: max < 2s
  failed: rate < 0.1%
accept:
  table-rewrite: at night
safer: safe.yaml
`,
  'traffic.yaml': `connections: 4
rate: 100/s
mix:
  order_page: 3
  place_order: 1
transactions:
  order_page:
    query: SELECT * FROM orders WHERE id = :order
    params:
      order: orders.id zipfian 1.1
  place_order:
    params:
      customer: customers.id
      amount: int 1..5
    steps:
      - begin
      - query: INSERT INTO orders (customer_id) VALUES (:customer) RETURNING id
        capture: { order: id }
      - think: 5ms
      - query: INSERT INTO order_items (order_id) VALUES (:order)
      - query: UPDATE orders SET total = :amount
      - commit
`,
  'm.sql': `-- the migration
ALTER TABLE orders ADD COLUMN a text DEFAULT 'it; is';

CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RETURN 1;
END $$;
ALTER TABLE orders ALTER COLUMN a SET NOT NULL;
`,
};

const slip = (file: string) => (right: string, written: string) => ({ file, right, written });
const scenarioSlip = slip('a.yaml');
const trafficSlip = slip('traffic.yaml');
const sqlSlip = slip('m.sql');

/** Mistakes of form and of meaning, each a mistake whatever else is wrong. */
const SLIPS: readonly Slip[] = [
  scenarioSlip('scale: 0.5', 'scale: half'),
  scenarioSlip('settings: {', 'setings: {'),
  scenarioSlip('dataset: shop.yaml', 'dataset: shopp.yaml'),
  scenarioSlip('kind: report', 'kind: sleeper'),
  scenarioSlip('SELECT count(*)', 'SELEC count(*)'),
  scenarioSlip('duration: 5s', 'duration: soon'),
  scenarioSlip('query: SELECT 1 FROM customers', 'query: SELECT 1; SELECT 2'),
  scenarioSlip('baseline: 10s', 'baseline: 10'),
  scenarioSlip('max: 4m', 'max: 4'),
  scenarioSlip('sql: ALTER TABLE', 'sql: ALTER TABEL'),
  scenarioSlip('lock_timeout:', 'lock_timout:'),
  scenarioSlip('retries: 3', 'retries: often'),
  scenarioSlip("set: note = ''", 'set: note ='),
  scenarioSlip('where: note IS NULL', 'where: note IS NUL L'),
  scenarioSlip('batch: 500', 'batch: 0'),
  scenarioSlip('{phase:migration}', '{phase:migraton}'),
  scenarioSlip('transaction:order_page', 'transaction:order_pag'),
  scenarioSlip('rate < 0.1%', 'rate < lots'),
  scenarioSlip('at night', "''"),
  scenarioSlip('safer: safe.yaml', 'safer: no.yaml'),
  trafficSlip('connections: 4', 'connections: 0'),
  trafficSlip('rate: 100/s', 'rate: 100'),
  trafficSlip('order_page: 3', 'order_page: 0'),
  trafficSlip('SELECT * FROM orders', 'SELEC * FROM orders'),
  trafficSlip('orders.id zipfian', 'orders.id zipfain'),
  trafficSlip('customer: customers.id', 'customer: [1]'),
  trafficSlip('int 1..5', 'int 5..1'),
  trafficSlip('INSERT INTO orders (', 'INSERT INT orders ('),
  trafficSlip('capture: { order: id }', 'capture: { order: 5 }'),
  trafficSlip('think: 5ms', 'think: 5'),
  trafficSlip('INSERT INTO order_items (order_id) VALUES (:order)', 'SELECT :order; SELECT 2'),
  trafficSlip('- query: UPDATE orders', '- qurey: UPDATE orders'),
  trafficSlip('- commit', '- comit'),
  sqlSlip('ADD COLUMN a text', 'ADD COLUMNN a text'),
  sqlSlip('RETURNS int LANGUAGE', 'RETURN int LANGUAGE'),
  sqlSlip('SET NOT NULL', 'SET NOT NUL'),
];

const INLINE: Texts = {
  'm.sql': TEXTS['m.sql'] ?? '',
  'a.yaml': (TEXTS['a.yaml'] ?? '').replace(
    'traffic: traffic.yaml\n',
    () => `traffic:\n${(TEXTS['traffic.yaml'] ?? '').replace(/^(?=.)/gm, '  ')}`,
  ),
};

/** `file:line` of what is reported, each once: of an unknown key is also said, on its line, that the known one is missing. */
const reported = (texts: Texts): readonly string[] => {
  const { 'a.yaml': text = '', ...files } = texts;
  const outcome = parse(text, files);
  const places = outcome.ok ? [] : outcome.issues.map(({ file, line }) => `${file}:${line ?? 0}`);
  return [...new Set(places)].toSorted();
};

describe('in a scenario, its traffic and its migration', () => {
  it('nothing is reported where nothing is wrong', () => {
    expect(reported(TEXTS)).toEqual([]);
  });

  it.each(SLIPS)('one mistake is reported on its line, and nowhere else: $written', (one) => {
    expect(reported(withSlips(TEXTS, [one]))).toEqual(placesOf(TEXTS, [one]));
  });

  it('any mistakes are all reported, each on its line, and nothing that only follows from them', () => {
    fc.assert(
      fc.property(fc.subarray([...SLIPS], { minLength: 2 }), (slips) => {
        expect(reported(withSlips(TEXTS, slips))).toEqual(placesOf(TEXTS, slips));
      }),
      { numRuns: 60 },
    );
  });

  it('the same holds where the traffic stands in the scenario file', () => {
    const inFile = SLIPS.map((one) => (one.file === 'traffic.yaml' ? { ...one, file: 'a.yaml' } : one));
    fc.assert(
      fc.property(fc.subarray(inFile, { minLength: 2 }), (slips) => {
        expect(reported(withSlips(INLINE, slips))).toEqual(placesOf(INLINE, slips));
      }),
      { numRuns: 40 },
    );
  });
});
