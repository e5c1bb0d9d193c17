import { describe, expect, it } from 'vitest';

import { resolved, valuesOf } from './sample.js';

/** Type and entry of a column. Other values than before need another GENERATOR_VERSION. */
const GENERATORS: readonly (readonly [type: string, entry: string])[] = [
  ['int', '{ sequence: { start: 5, step: 2 } }'],
  ['int', '{ int: { range: [1, 1_000] } }'],
  ['int', '{ int: { range: [1, 1_000] }, distribution: { zipfian: 1.2 } }'],
  ['int', '{ int: { range: [0, 1_000] }, n_distinct: 10 }'],
  ['int', '{ int: { range: [0, 1_000] }, correlation: 0.9, null_frac: 0.2 }'],
  ['numeric(10,2)', '{ numeric: { log_normal: [3, 1] } }'],
  ['float8', '{ float: { gaussian: [0, 1] } }'],
  ['bool', '{ boolean: 0.3 }'],
  ['uuid', '{ uuid: v4 }'],
  ['uuid', '{ uuid: v7 }'],
  ['text', '{ text: { words: [2, 4] } }'],
  ['text', '{ faker: internet.email, unique: true }'],
  ['text', '{ values: { a: 0.9, b: 0.1 } }'],
  ['timestamptz', '{ series: { from: -1y, growth: 0.5 } }'],
  ['timestamptz', '{ series: { from: -1y, daily: business, weekly: business } }'],
  ['interval', '{ interval: { range: [1h, 3d] } }'],
  ['bytea', '{ bytes: 6 }'],
  ['inet', '{ inet: true }'],
  ['int4range', '{ range: { of: { int: { range: [0, 100] } }, length: [1, 9] } }'],
  ['tstzrange', '{ range: { of: { series: { from: -1y } }, length: 2h } }'],
  ['jsonb', '{ json: { a: { int: { range: [0, 9] } }, b: [{ boolean: 0.5 }] } }'],
  ['text[]', '{ array: { of: { values: [x, y] }, length: { min: 1, max: 3 } } }'],
  ['macaddr', '{}'],
  ['tsvector', '{}'],
  ['money', '{}'],
];

describe('the first five rows of each generator', () => {
  it.each(GENERATORS)('are what they were: %s %s', (type, entry) => {
    const files = {
      sql: `CREATE TABLE t (id int PRIMARY KEY, v ${type})`,
      yaml: `tables: { t: { rows: 100, columns: { v: ${entry} } } }`,
    };
    expect(valuesOf(resolved(files), 't', 'v').slice(0, 5)).toMatchSnapshot();
  });
});

describe('a series with the rhythm of business', () => {
  const files = {
    sql: 'CREATE TABLE t (id int PRIMARY KEY, v timestamptz)',
    yaml: 'tables: { t: { rows: 50_000, columns: { v: { series: { from: -1y, daily: business, weekly: business } } } } }',
  };
  const times = valuesOf(resolved(files), 't', 'v').map((value) => new Date(value ?? ''));

  it('brings most by day and little at night and at the weekend', () => {
    const share = (holds: (time: Date) => boolean): number => times.filter(holds).length / times.length;
    expect(share((time) => time.getUTCHours() < 6)).toBeLessThan(0.06);
    expect(share((time) => time.getUTCHours() >= 9 && time.getUTCHours() < 18)).toBeGreaterThan(0.55);
    expect(share((time) => time.getUTCDay() % 6 === 0)).toBeLessThan(0.16);
  });

  it('never goes back', () => {
    times
      .slice(1)
      .forEach((time, index) => expect(time.getTime()).toBeGreaterThanOrEqual(times[index]?.getTime() ?? 0));
  });
});
