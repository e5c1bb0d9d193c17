import { describe, expect, it } from 'vitest';

import { splitStatements } from '#rooms/postgres/index.js';
import { resultColumns } from '#rooms/scenario/pgbench/columns.js';

function columns(sql: string): readonly string[] | undefined {
  const parsed = splitStatements(sql);
  if (!parsed.ok) throw new Error(parsed.mistake.message);
  return resultColumns(parsed.statements[0]!.node);
}

/** Names that PostgreSQL 18.4 gave the columns. */
const NAMED: readonly (readonly [sql: string, names: readonly string[]])[] = [
  ['SELECT a, t.b, a AS "Mixed", "Odd Name" FROM t', ['a', 'b', 'Mixed', 'Odd Name']],
  ['SELECT count(*), max(a) AS m, pg_catalog.now() FROM t', ['count', 'm', 'now']],
  ["SELECT 1, 'x', NULL, $1", ['?column?', '?column?', '?column?', '?column?']],
  [
    "SELECT a::bigint, 1::int, '1'::text, (a + 1)::numeric(10, 2), CAST(1 AS double precision), date '2024-01-01' FROM t",
    ['a', 'int4', 'text', 'numeric', 'float8', 'date'],
  ],
  ["SELECT (co).f, (co), arr[1], (arr)[1:2], js->'x' FROM k", ['f', 'co', 'arr', 'arr', '?column?']],
  [
    'SELECT CASE WHEN true THEN a END, CASE WHEN true THEN 1 ELSE b END, CASE WHEN true THEN 1 ELSE 2 END FROM t',
    ['case', 'b', 'case'],
  ],
  [
    'SELECT EXISTS (SELECT 1), ARRAY(SELECT 1), (SELECT a FROM t), (SELECT 1), 1 = ANY (SELECT 1), 1 IN (1, 2)',
    ['exists', 'array', 'a', '?column?', '?column?', '?column?'],
  ],
  [
    'SELECT ARRAY[1], ROW(1, 2), (1, 2), COALESCE(1, 2), GREATEST(1, 2), LEAST(1, 2), NULLIF(1, 2)',
    ['array', 'row', 'row', 'coalesce', 'greatest', 'least', 'nullif'],
  ],
  [
    'SELECT current_user, session_user, current_date, current_timestamp, current_timestamp(3), localtime(0), current_role, current_catalog, current_schema, user',
    [
      'current_user',
      'session_user',
      'current_date',
      'current_timestamp',
      'current_timestamp',
      'localtime',
      'current_role',
      'current_catalog',
      'current_schema',
      'user',
    ],
  ],
  [
    "SELECT extract(year from now()), trim('a'), position('a' in 'b'), overlay('a' placing 'b' from 1), substring('a' from 1), interval '1 day'",
    ['extract', 'btrim', 'position', 'overlay', 'substring', 'interval'],
  ],
  ['SELECT GROUPING(a) FROM t GROUP BY a', ['grouping']],
  [
    "SELECT json_object('a': 1), json_array(1), json_arrayagg(1), json_objectagg('a': 1), json('{}'), json_scalar(1), json_serialize('{}'), json_value('{}', '$'), json_exists('{}', '$'), json_query('{}', '$'), json_array(SELECT 1)",
    [
      'json_object',
      'json_array',
      'json_arrayagg',
      'json_objectagg',
      'json',
      'json_scalar',
      'json_serialize',
      'json_value',
      'json_exists',
      'json_query',
      'json_array',
    ],
  ],
  ['VALUES (1, 2)', ['column1', 'column2']],
  ['SELECT 1 AS g UNION ALL SELECT 2 AS h', ['g']],
  ['(SELECT 1 AS g) EXCEPT SELECT 3 ORDER BY 1', ['g']],
  ['WITH x AS (SELECT 1 AS y) SELECT y FROM x', ['y']],
  ['EXPLAIN SELECT 1', ['QUERY PLAN']],
  ['INSERT INTO t (a) VALUES (1) RETURNING a, b + 1 AS next, "Odd Name"', ['a', 'next', 'Odd Name']],
  ['UPDATE t SET a = 2 RETURNING old.a AS before, a', ['before', 'a']],
  ['DELETE FROM t RETURNING c', ['c']],
  [
    'MERGE INTO t USING (SELECT 1 AS z) s ON t.a = s.z WHEN MATCHED THEN DELETE RETURNING merge_action(), z',
    ['merge_action', 'z'],
  ],
  [
    'SELECT random() < 0.5, (two()).x, (ROW(1, 2)::comp).g, ((SELECT co FROM k)).f',
    ['?column?', 'x', 'g', 'f'],
  ],
  [
    'SELECT a::int::text, (a)::int, abs(-1)::int, (SELECT 1)::int, (CASE WHEN true THEN 1 END)::int, a.b[1] FROM (SELECT 1 AS a, ARRAY[1] AS b) a',
    ['a', 'a', 'abs', '?column?', 'int4', 'b'],
  ],
  [
    "SELECT xmlconcat('<a/>'), xmlelement(name a), xmlforest(1 AS a), xmlpi(name a), xmlparse(content 'a'), xmlserialize(content '<a/>' AS text), '<a/>' IS DOCUMENT",
    ['xmlconcat', 'xmlelement', 'xmlforest', 'xmlpi', 'xmlparse', 'xmlserialize', '?column?'],
  ],
  [
    'SELECT c COLLATE "C", \'x\' COLLATE "C", a IS NULL, NOT true, -a, a + b, now() AT TIME ZONE \'UTC\' FROM t',
    ['c', '?column?', '?column?', '?column?', '?column?', '?column?', 'timezone'],
  ],
];

describe('columns of a result', () => {
  it.each(NAMED)('%s', (sql, names) => {
    expect(columns(sql)).toEqual(names);
  });

  it.each(['UPDATE t SET a = 1', 'INSERT INTO t VALUES (1)', 'SET x = 1', 'TRUNCATE t'])(
    '%s returns none',
    (sql) => {
      expect(columns(sql)).toEqual([]);
    },
  );

  it.each([
    'SELECT * FROM t',
    'SELECT a, t.* FROM t',
    'SELECT (co).* FROM k',
    'TABLE t',
    'DELETE FROM t RETURNING *',
    'CALL p(1)',
    'EXECUTE p',
    'SHOW datestyle',
  ])('%s does not tell', (sql) => {
    expect(columns(sql)).toBeUndefined();
  });
});
