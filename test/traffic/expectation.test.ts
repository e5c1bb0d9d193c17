import { describe, expect, it } from 'vitest';

import type { QueryOperation } from '#rooms/traffic/program.js';
import { unmet } from '#rooms/traffic/expectation.js';

type Expect = NonNullable<QueryOperation['expect']>;

/** Of a statement that returned one row with a column `x`, unless told otherwise. */
function complaint(
  wanted: Partial<Pick<QueryOperation, 'captures'>> & Partial<Expect>,
  found: string | null = '1',
  row = true,
): string | undefined {
  const { captures = [], rows, columns = [] } = wanted;
  const operation = { captures, expect: { rows, columns } } as unknown as QueryOperation;
  return unmet(operation, {
    error: undefined,
    rows: row ? 1 : 0,
    row: row ? [found] : undefined,
    columns: ['x'],
    inTransaction: false,
  });
}

const x = (value: string | null, isNumber = false): Partial<Expect> => ({
  columns: [{ column: 'x', value, isNumber }],
});

describe('a number', () => {
  it.each([
    ['5.00', '5'],
    ['5', '5.0'],
    ['-0.50', '-0.5'],
    ['0', '-0'],
    ['1e+06', '1000000'],
    ['123456789012345678901234567890.10', '123456789012345678901234567890.1'],
  ])('%s is %s', (found, wanted) => {
    expect(complaint(x(wanted, true), found)).toBeUndefined();
  });

  it.each([
    ['5.01', '5'],
    ['', '0'],
    ['-', '0'],
    ['five', '5'],
    ['123456789012345678901234567890.1', '123456789012345678901234567890.2'],
  ])('%j is not %s', (found, wanted) => {
    expect(complaint(x(wanted, true), found)).toBe(`expected x to be ${wanted}, found ${found}`);
  });

  it('as a text is compared as one', () => {
    expect(complaint(x('5'), '5.00')).toBe('expected x to be 5, found 5.00');
  });
});

describe('a column', () => {
  it('that is NULL is told from one that is not there', () => {
    expect(complaint(x(null), null)).toBeUndefined();
    expect(complaint(x(null), 'a')).toBe('expected x to be NULL, found a');
    expect(complaint(x(null), null, false)).toBe('expected x to be NULL, found no row');
    expect(complaint({ columns: [{ column: 'y', value: null, isNumber: false }] })).toBe(
      'expected a column y in the result, found x',
    );
  });

  it('that is captured must be there, whether or not there is a row', () => {
    const captures = [{ target: 0, column: 'X' }];
    expect(complaint({ captures }, '1', false)).toBe('expected a column X in the result, found x');
    expect(complaint({ captures: [{ target: 0, column: 'x' }] }, '1', false)).toBeUndefined();
  });
});

it.each([
  [{ least: 2, most: 2 }, 'expected 2 rows, found 1'],
  [{ least: 2, most: 5 }, 'expected 2 to 5 rows, found 1'],
  [{ least: 2, most: Infinity }, 'expected at least 2 rows, found 1'],
  [{ least: 1, most: 1 }, undefined],
])('of rows %j', (rows, message) => {
  expect(complaint({ rows })).toBe(message);
});
