import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { columnSampler } from '#rooms/dataset/index.js';
import type { ConnectionSettings, Instance } from '#rooms/target/index.js';

import { datasetOf, newDatabase, rowsOf, seeded } from './seeded.js';
import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

/** Column, entry of the file (empty: none). Every type, and every generator in the binary format. */
const COLUMNS: readonly (readonly [column: string, type: string, entry: string])[] = [
  ['small', 'smallint', '{ int: { range: [-32_768, 32_767] } }'],
  ['whole', 'int', '{ int: { range: [-2_147_483_648, 2_147_483_647] } }'],
  ['big', 'bigint', '{ int: { range: [-9_000_000_000_000_000, 9_000_000_000_000_000] } }'],
  ['exact', 'numeric(12,2)', '{ numeric: { range: [-9_999_999, 9_999_999] } }'],
  ['tiny', 'numeric(6,5)', '{ numeric: { range: [-0.00099, 0.00099] } }'],
  ['round', 'numeric(10)', '{ numeric: { log_normal: [8, 4], range: [0, 9_999_999_999] } }'],
  ['free', 'numeric', '{ numeric: { range: [-1_000, 1_000] } }'],
  ['deep', 'numeric(20,10)', '{ numeric: { range: [0, 5] } }'],
  ['single', 'real', '{ float: { log_normal: [0, 9], range: [0, 16_000_000] } }'],
  ['double', 'double precision', '{ float: { log_normal: [0, 25], range: [0, 1_000_000_000_000] } }'],
  ['flag', 'boolean', '{ boolean: 0.3 }'],
  ['words', 'text', '{ text: { words: [1, 9] } }'],
  ['wide', 'text', '{ text: { width: { p50: 500, p95: 9_000, max: 60_000 } } }'],
  ['short', 'varchar(12)', '{ text: { width: { p50: 10, p95: 12, max: 12 } } }'],
  ['padded', 'char(9)', '{ text: { words: [1, 3] } }'],
  ['person', 'text', '{ faker: person.fullName }'],
  ['mail', 'text UNIQUE', '{ faker: internet.email, unique: true }'],
  ['umlaut', 'text', '{ values: [Zürich, "日本", "😀 \\" \\\\ {}", ""] }'],
  ['number', 'bigint', '{ faker: number.int, null_frac: 0 }'],
  ['id4', 'uuid', '{ uuid: v4 }'],
  ['id7', 'uuid', '{ uuid: v7 }'],
  ['id_text', 'text', '{ uuid: v4 }'],
  ['day', 'date', '{ series: { from: 1950-01-01, to: 2050-01-01 } }'],
  ['moment', 'timestamptz', '{ series: { from: -30y, growth: 0.3 } }'],
  ['local', 'timestamp', '{ series: { from: -1d, jitter: 3h } }'],
  ['coarse', 'timestamp(3)', '{ after: moment, lag: { uniform: [1s, 9d] } }'],
  ['next_day', 'date', '{ after: moment, lag: 1d }'],
  ['clock', 'time', ''],
  ['lasting', 'interval', ''],
  ['mood', 'mood', '{ values: { happy: 0.9, "very sad": 0.1 } }'],
  ['anything', 'json', '{ json: { b: 1, a: [true, null, { x: { values: [1, 2.5] } }] } }'],
  [
    'binar',
    'jsonb',
    '{ json: { zz: { faker: person.fullName }, a: { int: {} }, when: { series: { from: -1y } }, n: { numeric: { range: [-2, 2] }, null_frac: 0.5 }, id: { uuid: v4 }, s: "x \\" y" } }',
  ],
  ['raw', 'bytea', ''],
  ['host', 'inet', '{ values: [10.0.0.1, 192.168.0.0/16, 0.0.0.0/0, 1.2.3.4/32] }'],
  ['net', 'cidr', '{ values: [10.0.0.0/8, 1.2.3.4] }'],
  [
    'tags',
    'text[]',
    '{ array: { of: { values: [plain, "two words", "a,b", "NULL", "", "q\\"q"] }, length: { min: 0, max: 4 } } }',
  ],
  ['flags', 'boolean[]', '{ array: { of: { boolean: 0.5 }, length: 3 } }'],
  ['sums', 'numeric(8,2)[]', ''],
  ['moods', 'mood[]', '{ array: { of: { values: [happy, "very sad"] }, length: { max: 9, mean: 2 } } }'],
  ['hosts', 'inet[]', ''],
  ['codes', 'char(4)[]', '{ array: { of: { values: [a, bcd] }, length: 2 } }'],
  ['days', 'date[]', ''],
  ['nothing', 'jsonb', '{ value: null }'],
  ['same', 'text[]', '{ value: [a, null, "b c"] }'],
  ['seldom', 'int', '{ int: { range: [1, 9] }, null_frac: 0.8 }'],
  ['chosen', 'int', '{ values: { 1: 1, 2: 3 } }'],
  ['age', 'positive', ''],
];

let directory: string;
let instance: Instance;
let settings: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  const started = await startedInstance(await homeAt(directory));
  instance = started.instance;
  settings = await newDatabase(started.server.connection, 'types');
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

describe('every type in the binary format', () => {
  it('is read by PostgreSQL as the text that the sampler gives', async () => {
    const dataset = datasetOf({
      sql: `CREATE TYPE mood AS ENUM ('happy', 'very sad');
            CREATE DOMAIN positive AS int CHECK (VALUE > 0);
            CREATE TABLE t (id serial PRIMARY KEY, ${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')});`,
      yaml: `tables:\n  t:\n    rows: 700\n    columns:\n${COLUMNS.filter(([, , entry]) => entry !== '')
        .map(([name, , entry]) => `      ${name}: ${entry}`)
        .join('\n')}\n`,
    });
    await seeded({ settings, dataset });
    const names = COLUMNS.map(([name]) => name);
    const rows = await rowsOf(
      settings,
      `SET timezone = 'UTC'; SELECT ${names.map((name) => `${name}::text`).join(', ')} FROM t ORDER BY id`,
    );
    expect(rows).toHaveLength(700);
    for (const column of dataset.tables[0]?.columns.filter(({ name }) => name !== 'id') ?? []) {
      const value = columnSampler(column);
      const expected = Array.from({ length: 700 }, (_, row) => value(row));
      expect(
        rows.map((row) => row[column.name]),
        column.name,
      ).toEqual(expected);
    }
  });
});
