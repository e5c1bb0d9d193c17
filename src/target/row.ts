import { Failure } from '../errors.ts';

/** One row by column name, values as `pg` gives them: `int8` and `numeric` are strings. */
export type Row = Readonly<Record<string, unknown>>;

/** A `text`, `name`, `int8` or `numeric` column that is not null. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(row, column, 'text');
  return value;
}

/** Any numeric column that is not null; exact up to 2^53, so fit for counts, bytes and times. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw unexpected(row, column, 'a number');
  return number;
}

export function booleanOf(row: Row, column: string): boolean {
  const value = row[column];
  if (typeof value !== 'boolean') throw unexpected(row, column, 'a boolean');
  return value;
}

export function isNull(row: Row, column: string): boolean {
  return row[column] === null;
}

/** The query and the code that reads its rows disagree: a defect of the harness. */
function unexpected(row: Row, column: string, expected: string): Failure {
  const found =
    column in row ? JSON.stringify(row[column]) : `only the columns ${Object.keys(row).join(', ')}`;
  return new Failure('bug', { message: `expected ${expected} in column ${column}, found ${found}` });
}
