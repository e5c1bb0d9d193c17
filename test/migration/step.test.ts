import { expect, it } from 'vitest';

import { titleOf } from '#rooms/migration/step.js';

import { scenario, SCENARIO } from '../scenario/sources.ts';

it.each([
  ['{ sql: "SELECT 1; SELECT 2" }', 'SELECT 1'],
  [
    '{ backfill: { table: orders, set: a = 1, where: a IS NULL, batch: 500 } }',
    'UPDATE orders SET a = 1 WHERE a IS NULL (in batches of 500)',
  ],
  ['{ backfill: { table: orders, set: a = 1 } }', 'UPDATE orders SET a = 1 (in batches of 1000)'],
  ['{ command: npm run migrate }', 'npm run migrate'],
  ['{ command: psql postgres://app:hunter2@db/shop }', 'psql postgres://app:***@db/shop'],
])('the step %s is called %s', (step, title) => {
  const text = SCENARIO.replace(/^migration:.*$/m, `migration: ${step}`);
  expect(scenario(text).migration.map(titleOf)).toEqual([title]);
});
