// Nulls, distinct values and correlation: asked and got, counted over all rows.
import { systemClock } from '../../../dist/clock.js';
import { seedDataset } from '../../../dist/seed/index.js';

import { datasetOf, inSession, millions, printTable } from './bed.js';

/** By column: its type, what stands in the dataset file, and what that asks for. */
const COLUMNS = [
  ['ordered_int', 'int', '{ int: { range: [0, 5_000_000] }, correlation: 0.98 }', { correlation: 0.98 }],
  ['loose_int', 'int', '{ int: { range: [0, 5_000_000] }, correlation: 0.5 }', { correlation: 0.5 }],
  [
    'reverse_number',
    'numeric(12,2)',
    '{ numeric: { log_normal: [4, 1], range: [0, 1_000_000] }, correlation: -0.8 }',
    { correlation: -0.8 },
  ],
  ['random_float', 'float8', '{ float: { range: [0, 1] }, correlation: 0 }', { correlation: 0 }],
  [
    'late_time',
    'timestamptz',
    '{ series: { from: -3y, growth: 0.4 }, correlation: 0.9 }',
    { correlation: 0.9 },
  ],
  ['few', 'text', '{ n_distinct: 40 }', { distinct: 40 }],
  ['skewed_many', 'text', '{ n_distinct: 20_000, distribution: { zipfian: 1 } }', { distinct: 20_000 }],
  ['fifth', 'bigint', '{ int: { range: [0, 10_000_000] }, n_distinct: -0.2 }', { distinct: 200_000 }],
  [
    'fifth_ordered',
    'int',
    '{ int: { range: [0, 10_000_000] }, n_distinct: -0.2, correlation: 0.7 }',
    { distinct: 200_000, correlation: 0.7 },
  ],
  ['often_null', 'int', '{ int: { range: [0, 1_000_000] }, null_frac: 0.75 }', { nulls: 0.75 }],
  ['seldom_null', 'text', '{ faker: person.fullName, null_frac: 0.0005 }', { nulls: 0.0005 }],
  [
    'everything',
    'int',
    '{ int: { range: [0, 10_000_000] }, n_distinct: 5_000, correlation: 0.9, null_frac: 0.1 }',
    { distinct: 5_000, correlation: 0.9, nulls: 0.1 },
  ],
];
const ROWS = 1_000_000;

export async function exactness({ bed: { settings } }) {
  const sql = `CREATE TABLE exact (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')});`;
  const entries = COLUMNS.map(([name, , entry]) => `      ${name}: ${entry}\n`).join('');
  const yaml = `schema: ./bench.sql\ntables:\n  exact:\n    rows: ${ROWS}\n    columns:\n${entries}`;
  const database = 'exactness';
  await inSession(settings, (session) => session.query(`CREATE DATABASE ${database}`));
  const connection = { ...settings, database };
  await seedDataset({
    connection,
    dataset: datasetOf({ sql, yaml }),
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ownServer: true,
    resume: false,
  });
  const lines = await inSession(connection, async (session) => {
    // A sample of 300 rows for each unit of the target: all rows.
    await session.query('SET default_statistics_target = 10000');
    await session.query('ANALYZE exact');
    const got = [];
    for (const [name, type, , asked] of COLUMNS)
      got.push(...compared(name, type, asked, await look(session, name)));
    return got;
  });
  await inSession(settings, (session) => session.query(`DROP DATABASE ${database} WITH (FORCE)`));
  console.log(
    `asked and got on ${millions(ROWS)} rows: nulls and distinct values counted, correlation of all rows`,
  );
  printTable(['column', '', 'asked', 'got', 'off by'], lines);
  console.log('');
}

/** Cost: reads the table. 14–18. */
const look = async (session, name) =>
  (
    await session.query(`
      SELECT count(DISTINCT ${name})::float8 AS distinct, count(*) FILTER (WHERE ${name} IS NULL) / count(*)::float8 AS nulls,
        (SELECT correlation::float8 FROM pg_stats WHERE tablename = 'exact' AND attname = '${name}') AS correlation
      FROM exact`)
  ).rows[0];

/** Within 2 % of what was asked; where 0 was asked, within 0.02. */
function compared(name, type, asked, got) {
  return Object.entries(asked).map(([what, value]) => {
    const off = Math.abs(got[what] - value) / (value === 0 ? 1 : Math.abs(value));
    return [
      `${name} ${type}`,
      what,
      String(value),
      String(Math.round(got[what] * 1e6) / 1e6),
      `${(off * 100).toFixed(2)} %${off <= 0.02 ? '' : ' (asked: 2 %, MISSED)'}`,
    ];
  });
}
