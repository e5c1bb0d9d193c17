import { expect, it } from 'vitest';

import { updatedColumns } from '#rooms/run/updated-columns.js';

it('columns that the traffic updates are those of every UPDATE, wherever it stands', () => {
  expect(
    updatedColumns([
      'UPDATE orders SET status = $1, total = 2 WHERE id = $2',
      'UPDATE orders SET (a, b) = (1, 2)',
      'WITH old AS (UPDATE sales.items SET sold = true RETURNING id) SELECT * FROM old',
      "INSERT INTO customers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
      'INSERT INTO customers (id) VALUES (2) ON CONFLICT DO NOTHING',
      'MERGE INTO stock USING sold ON sold.id = stock.id WHEN MATCHED THEN UPDATE SET n = stock.n - 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (1)',
      'SELECT 1',
      'not SQL',
    ]),
  ).toEqual([
    { relation: 'orders', columns: ['a', 'b', 'status', 'total'] },
    { relation: 'sales.items', columns: ['sold'] },
    { relation: 'customers', columns: ['name'] },
    { relation: 'stock', columns: ['n'] },
  ]);
});
