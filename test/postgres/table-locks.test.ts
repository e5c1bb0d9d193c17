import { expect, it } from 'vitest';

import { tablesNamed, tableWrites } from '#rooms/postgres/index.js';

const named = (text: string): readonly string[] =>
  tablesNamed(text).map(({ relation, mode }) => `${relation} ${mode ?? '?'}`);

it.each([
  ['SELECT (SELECT max(id) FROM b) FROM a', ['a AccessShareLock', 'b AccessShareLock']],
  ['UPDATE a SET x = b.x FROM sales.b WHERE a.id = b.id', ['a RowExclusiveLock', 'sales.b AccessShareLock']],
  [
    'WITH old AS (DELETE FROM c RETURNING id) INSERT INTO a SELECT id FROM b, old ON CONFLICT DO NOTHING',
    ['c RowExclusiveLock', 'a RowExclusiveLock', 'b AccessShareLock'],
  ],
  [
    'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE',
    ['a RowExclusiveLock', 'b AccessShareLock'],
  ],
  ['SELECT 1 FROM a AS k JOIN b ON true FOR UPDATE OF k', ['a RowShareLock', 'b AccessShareLock']],
  ['SELECT 1 FROM a JOIN b ON true FOR NO KEY UPDATE', ['a RowShareLock', 'b RowShareLock']],
  ['SELECT 1 FROM a; UPDATE a SET x = 1', ['a AccessShareLock', 'a RowExclusiveLock']],
  ['LOCK TABLE a, b IN SHARE ROW EXCLUSIVE MODE', ['a ShareRowExclusiveLock', 'b ShareRowExclusiveLock']],
  ['TRUNCATE a', ['a AccessExclusiveLock']],
  ['ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b', ['a ?', 'b ?']],
  ['DROP TABLE sales.b, a CASCADE', ['sales.b ?', 'a ?']],
  ['DROP INDEX i', []],
  ['SELECT 1', []],
  ['no SQL', []],
])('%s names its tables in the order in which they are locked', (text, expected) => {
  expect(named(text)).toEqual(expected);
});

it('what a statement writes are its rows, however deep', () => {
  expect(
    tableWrites(
      'WITH gone AS (DELETE FROM c RETURNING id) INSERT INTO a (id) SELECT id FROM gone ON CONFLICT (id) DO UPDATE SET n = 1',
    ),
  ).toEqual([
    { relation: 'a', action: 'insert', columns: [] },
    { relation: 'a', action: 'update', columns: ['n'] },
    { relation: 'c', action: 'delete', columns: [] },
  ]);
  expect(
    tableWrites(
      'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED AND b.gone THEN DELETE WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (1)',
    ).map(({ action, columns }) => [action, ...columns]),
  ).toEqual([['delete'], ['update', 'n'], ['insert']]);
});
