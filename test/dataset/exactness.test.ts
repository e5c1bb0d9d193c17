import { describe, expect, it } from 'vitest';

import { resolved, valuesOf, type Files } from './sample.js';

const ROWS = 100_000;

const column = (type: string, entry: string): Files => ({
  sql: `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, v ${type});`,
  yaml: `tables: { p: { rows: 500 }, t: { rows: ${ROWS}, columns: { v: ${entry} } } }`,
});

const values = (type: string, entry: string): readonly (string | null)[] =>
  valuesOf(resolved(column(type, entry)), 't', 'v');

/** As compare_scalars and compute_scalar_stats in analyze.c: equal values in the order of their places. */
function correlation(
  list: readonly (string | null)[],
  order: (one: string, other: string) => number,
): number {
  const present = list.filter((value) => value !== null);
  const sorted = [...present.keys()].toSorted(
    (one, other) => order(present[one] ?? '', present[other] ?? '') || one - other,
  );
  const middle = (present.length - 1) / 2;
  let covariance = 0;
  let variance = 0;
  sorted.forEach((place, rank) => {
    covariance += (place - middle) * (rank - middle);
    variance += (rank - middle) ** 2;
  });
  return covariance / variance;
}

const byNumber = (one: string, other: string): number => Number(one) - Number(other);
const byByte = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

describe('a correlation', () => {
  it.each([
    ['int', '{ int: { range: [0, 1_000_000] }, correlation: 0.9 }', 0.9, byNumber],
    ['int', '{ int: { range: [0, 9] }, correlation: 0.5 }', 0.5, byNumber],
    ['int', '{ n_distinct: 40, correlation: -0.5, null_frac: 0.1 }', -0.5, byNumber],
    ['numeric(9,2)', '{ numeric: { log_normal: [4, 1] }, correlation: -1 }', -1, byNumber],
    ['float8', '{ float: { gaussian: [0, 1] }, correlation: -0.3 }', -0.3, byNumber],
    ['text', '{ text: { words: 3 }, n_distinct: 2_000, correlation: 0.6 }', 0.6, byByte],
    ['text', '{ faker: person.firstName, correlation: 0.85 }', 0.85, byByte],
    ['text', '{ values: { b: 5, a: 1, c: 2 }, correlation: 0.7 }', 0.7, byByte],
    ['uuid', '{ uuid: v7, correlation: 0.4 }', 0.4, byByte],
    ['bool', '{ boolean: 0.2, correlation: 0.8, null_frac: 0.5 }', 0.8, byByte],
    ['timestamptz', '{ series: { from: -3y, daily: business }, correlation: 0.75 }', 0.75, byByte],
    ['int', '{ ref: p.id, correlation: 0.5, distribution: zipfian }', 0.5, byNumber],
    ['macaddr', '{ correlation: 0.3, n_distinct: 5_000 }', 0.3, byByte],
  ])('of %s %s comes out', (type, entry, asked, order) => {
    expect(Math.abs(correlation(values(type, entry), order) - asked)).toBeLessThan(0.01);
  });

  it('of zero leaves no order', () => {
    const list = values('int', '{ int: { range: [0, 1_000_000] }, correlation: 0 }');
    expect(Math.abs(correlation(list, byNumber))).toBeLessThan(0.015);
  });
});

describe('a number of different values', () => {
  it.each([
    ['int', '{ n_distinct: 40 }', 40],
    ['int', '{ int: { gaussian: [500, 100], range: [0, 1_000] }, n_distinct: 300 }', 300],
    ['int', '{ n_distinct: -0.2, null_frac: 0.25 }', 20_000],
    ['numeric(9,2)', '{ n_distinct: 777, distribution: { exponential: 4 } }', 777],
    ['text', '{ text: {}, n_distinct: -1 }', ROWS],
    ['text', '{ faker: internet.email, n_distinct: 30_000 }', 30_000],
    ['uuid', '{ n_distinct: 5 }', 5],
    ['date', '{ series: { from: -3y }, n_distinct: 500 }', 500],
    ['int', '{ ref: p.id, n_distinct: 77, distribution: { zipfian: 1.3 } }', 77],
    ['inet', '{ inet: true, n_distinct: 123, null_frac: 0.001 }', 123],
    ['bool', '{ n_distinct: 2 }', 2],
    ['tsvector', '{ n_distinct: 99 }', 99],
  ])('of %s %s is exact', (type, entry, asked) => {
    expect(new Set(values(type, entry).filter((value) => value !== null)).size).toBe(asked);
  });

  it('falls unevenly where a distribution is asked for', () => {
    const counts = new Map<string | null, number>();
    for (const value of values('int', '{ n_distinct: 100, distribution: { zipfian: 1.2 } }'))
      counts.set(value, (counts.get(value) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeGreaterThan(ROWS / 10);
    expect(Math.min(...counts.values())).toBeGreaterThan(0);
  });
});

describe('a share of NULLs', () => {
  it.each([0.0003, 0.01, 0.3, 0.5, 0.999])('of %d is exact to 2 %%', (share) => {
    const nulls = values('int', `{ null_frac: ${share} }`).filter((value) => value === null).length;
    expect(Math.abs(nulls / ROWS / share - 1)).toBeLessThan(0.02);
  });

  it('of one leaves nothing else', () => {
    expect(values('int', '{ null_frac: 1 }').every((value) => value === null)).toBe(true);
  });
});

describe('what can not be is refused with the arithmetic', () => {
  it.each([
    [
      'int',
      '{ int: { range: [1, 9] }, n_distinct: 10 }',
      't.v is to have 10 different values, but from 1 to 9 int4 has only 9',
    ],
    [
      'int',
      '{ n_distinct: 200_000 }',
      't.v is to have 200,000 different values, but only 100,000 of its 100,000 rows are not NULL',
    ],
    [
      'bool',
      '{ boolean: 0.5, correlation: -0.9 }',
      't.v is to have a correlation of -0.9, but 2 different values have at least -0.50',
    ],
    ['int', '{ ref: p.id, n_distinct: 501 }', 't.v is to have 501 different values, but p has only 500'],
  ])('%s %s', (type, entry, message) => {
    expect(() => resolved(column(type, entry))).toThrow(message);
  });

  it('unless a small scale alone makes the rows too few', () => {
    const small = resolved(column('int', '{ n_distinct: 50_000 }'), 0.1);
    expect(new Set(valuesOf(small, 't', 'v')).size).toBe(10_000);
  });
});
