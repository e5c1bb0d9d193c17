// The load that is compared with itself, and the same with two transactions made slower.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DATASET = fileURLToPath(new URL('../../../datasets/shop.yaml', import.meta.url));

/** Three calls of a hundred wait for somebody else: they are what p99 shows. */
export const RARE = { transaction: 'with_rare_call', milliseconds: 40 };
/** Work of a processor in every call. */
export const WORK = { transaction: 'tally', rows: 40_000 };
export const SLOWDOWN = 1.2;

export function writeScenarios(folder) {
  mkdirSync(folder, { recursive: true });
  const write = (name, factor) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, JSON.stringify(scenario(factor), undefined, 1));
    return file;
  };
  return { same: write('same', 1), slower: write('slower', SLOWDOWN) };
}

const scenario = (factor) => ({
  name: 'bench-compare',
  dataset: DATASET,
  scale: 0.01,
  traffic: {
    connections: 20,
    rate: '290/s',
    mix: {
      order_page: 80,
      product_page: 60,
      place_order: 30,
      [RARE.transaction]: 110,
      [WORK.transaction]: 10,
    },
    transactions: transactions(factor),
  },
  phases: { warmup: '1s', baseline: '6s', migration: { min: '5s' }, recovery: '5s' },
  // A busy machine is no reason to know nothing: that is what is tried here.
  validity: { dispatch_lag: ['p(99) < 1s', 'max < 10s'] },
  migration: { sql: 'ALTER TABLE orders ADD COLUMN note text', lock_timeout: '200ms', retries: 10 },
});

const ORDER = { order: 'orders.id latest 1.05' };

const transactions = (factor) => ({
  order_page: { query: 'SELECT id, customer_id, status, total FROM orders WHERE id = :order', params: ORDER },
  product_page: {
    params: { product: 'products.id zipfian 1.1' },
    steps: [
      { query: 'SELECT name, price, stock FROM products WHERE id = :product' },
      { query: 'SELECT rating FROM reviews WHERE product_id = :product ORDER BY created_at DESC LIMIT 10' },
    ],
  },
  place_order: {
    params: { customer: 'customers.id zipfian 1.05', product: 'products.id zipfian 1.1' },
    steps: [
      'begin',
      {
        query:
          "INSERT INTO orders (customer_id, status, total) VALUES (:customer, 'pending', 10) RETURNING id",
        capture: { order: 'id' },
      },
      {
        query:
          'INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (:order, :product, 1, 10)',
      },
      'commit',
    ],
  },
  [RARE.transaction]: {
    query: 'SELECT status, pg_sleep(:pause::float8) FROM orders WHERE id = :order',
    params: { ...ORDER, pause: { values: { 0: 97, [(RARE.milliseconds * factor) / 1000]: 3 } } },
  },
  [WORK.transaction]: {
    query: `SELECT count(*), sum(n * 7 % 11) FROM generate_series(1, ${WORK.rows * factor}) AS n`,
  },
});
