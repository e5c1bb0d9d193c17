import { MICROSECONDS_PER_DAY, parseTimestamp } from '../calendar.ts';
import type { ColumnType } from '../column-type.ts';
import type { ScalarValue, Value } from '../generator.ts';

/** A value as an expression sees it; times apart from numbers, because constants beside them are texts. */
export type SqlValue = null | number | string | boolean | Moment | readonly SqlValue[];

/** Microseconds since 2000. */
export interface Moment {
  readonly moment: number;
}

/** An expression, or a part of it, that is not understood. */
export const UNKNOWN = Symbol('unknown');
export type Outcome = SqlValue | typeof UNKNOWN;

export function sqlValue(type: ColumnType, value: Value): SqlValue {
  if (value === null) return null;
  if (type.kind === 'array')
    return (value as readonly ScalarValue[]).map((one) => sqlValue(type.element, one));
  if (type.kind === 'bool') return value === 1;
  if (type.kind === 'numeric') return Number(value) / 10 ** type.scale;
  if (type.kind === 'date') return { moment: Number(value) * MICROSECONDS_PER_DAY };
  return type.kind === 'timestamp' || type.kind === 'timestamptz' ? { moment: Number(value) } : value;
}

export const isMoment = (value: SqlValue): value is Moment =>
  typeof value === 'object' && value !== null && 'moment' in value;

/** Below 0, 0, above 0; undefined where the two can not be compared. */
export function compare(one: SqlValue, other: SqlValue): number | undefined {
  if (isMoment(one) || isMoment(other)) return compareTimes(one, other);
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other);
  if (typeof one === 'boolean' || typeof other === 'boolean')
    return Number(asBoolean(one)) - Number(asBoolean(other));
  if (Array.isArray(one) && Array.isArray(other))
    return JSON.stringify(one) === JSON.stringify(other) ? 0 : 1;
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? undefined : difference;
}

/** By bytes of UTF-8, as in the locale C. Only surrogates are in another order in UTF-16. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  if (SURROGATE.test(one) || SURROGATE.test(other))
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}

const SURROGATE = /[\ud800-\udfff]/;

const asBoolean = (value: SqlValue): boolean =>
  value === true || value === 't' || value === 'true' || value === 1;

function compareTimes(one: SqlValue, other: SqlValue): number | undefined {
  const [first, second] = [timeOf(one), timeOf(other)];
  return first === undefined || second === undefined ? undefined : first - second;
}

function timeOf(value: SqlValue): number | undefined {
  if (isMoment(value)) return value.moment;
  if (value === 'infinity') return Infinity;
  if (value === '-infinity') return -Infinity;
  return typeof value === 'string' ? parseTimestamp(value) : undefined;
}
