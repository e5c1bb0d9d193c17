import { parseTimestamp, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND } from './calendar.ts';
import { INTEGER_RANGES, typeName, type ColumnType, type ScalarKind, type ScalarType } from './column-type.ts';
import type { ScalarValue, Value } from './generator.ts';
import { jsonbText } from './jsonb-text.ts';

export type Literal<Read> =
  | { readonly ok: true; readonly value: Read }
  /** `expected`: what the type takes, for a message. */
  | { readonly ok: false; readonly expected: string };

/** A value as it is written in a dataset file, as a value of the type. */
export function literal(type: ColumnType, written: unknown): Literal<Value> {
  if (written === null) return { ok: true, value: null };
  if (type.kind !== 'array') return scalarLiteral(type, written);
  if (!Array.isArray(written)) return { ok: false, expected: `a list for ${typeName(type)}` };
  const elements = written.map((one: unknown): Literal<ScalarValue> => (one === null ? { ok: true, value: null } : scalarLiteral(type.element, one)));
  const wrong = elements.find((one) => !one.ok);
  return wrong ?? { ok: true, value: elements.flatMap((one) => (one.ok ? [one.value] : [])) };
}

function scalarLiteral(type: ScalarType, written: unknown): Literal<ScalarValue> {
  const value = type.kind === 'json' || type.kind === 'jsonb' ? jsonbText(written) : readAs(type, written);
  return value === undefined ? { ok: false, expected: EXPECTED[type.kind](type) } : { ok: true, value };
}

function readAs(type: ScalarType, written: unknown): number | string | undefined {
  if (typeof written !== 'string' && typeof written !== 'number' && typeof written !== 'boolean') return undefined;
  switch (type.kind) {
    case 'int2':
    case 'int4':
    case 'int8':
      return within(INTEGER_RANGES[type.kind], Number(written));
    case 'numeric':
      return within([-MAX_UNITS, MAX_UNITS], Math.round(Number(written) * 10 ** type.scale));
    case 'float4':
    case 'float8':
      return within([-Number.MAX_VALUE, Number.MAX_VALUE], Number(written), false);
    case 'bool':
      return written === true || written === 'true' ? 1 : written === false || written === 'false' ? 0 : undefined;
    case 'text':
      return String(written).length <= (type.max ?? Infinity) ? String(written) : undefined;
    case 'enum':
      return type.labels.find((label) => label === String(written));
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'time':
    case 'interval':
    case 'uuid':
    case 'bytea':
    case 'inet':
    case 'cidr':
      return FROM_TEXT[type.kind](String(written));
    case 'json':
    case 'jsonb':
      return undefined;
  }
}

const MAX_UNITS = Number.MAX_SAFE_INTEGER;

function within([min, max]: readonly [number, number], value: number, whole = true): number | undefined {
  return value >= min && value <= max && (!whole || Number.isInteger(value)) ? value : undefined;
}

type TextRead = 'date' | 'timestamp' | 'timestamptz' | 'time' | 'interval' | 'uuid' | 'bytea' | 'inet' | 'cidr';

const FROM_TEXT: Readonly<Record<TextRead, (text: string) => number | string | undefined>> = {
  date: (text) => {
    const time = parseTimestamp(text);
    return time === undefined ? undefined : Math.floor(time / MICROSECONDS_PER_DAY);
  },
  timestamp: parseTimestamp,
  timestamptz: parseTimestamp,
  time: readTime,
  interval: readTime,
  uuid: (text) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined),
  bytea: (text) => (/^\\x([0-9a-f]{2})*$/i.test(text) ? text.toLowerCase() : undefined),
  inet: readAddress,
  cidr: readAddress,
};

function readTime(text: string): number | undefined {
  const match = /^(\d{1,3}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const seconds = Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
  return seconds * MICROSECONDS_PER_SECOND + Math.round(Number(`0${match[4] ?? ''}`) * MICROSECONDS_PER_SECOND);
}

function readAddress(text: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  return match.slice(1, 5).every((part) => Number(part) < 256) && Number(match[5] ?? 0) <= 32 ? text : undefined;
}

const EXPECTED: Readonly<Record<ScalarKind, (type: ScalarType) => string>> = {
  int2: () => 'a whole number from -32768 to 32767',
  int4: () => 'a whole number from -2147483648 to 2147483647',
  int8: () => 'a whole number up to 9007199254740991',
  float4: () => 'a number',
  float8: () => 'a number',
  numeric: () => 'a number',
  bool: () => 'true or false',
  text: (type) => `text for ${typeName(type)}`,
  enum: (type) => (type.kind === 'enum' ? `one of ${type.labels.join(', ')}` : ''),
  date: () => 'a date such as 2025-01-31',
  timestamp: () => 'a time such as 2025-01-31T12:00:00Z',
  timestamptz: () => 'a time such as 2025-01-31T12:00:00Z',
  time: () => 'a time of day such as 12:30:00',
  interval: () => 'a length of time such as 12:30:00',
  uuid: () => 'a UUID',
  json: () => 'a JSON value',
  jsonb: () => 'a JSON value',
  bytea: () => 'hexadecimal bytes such as \\xdeadbeef',
  inet: () => 'an IPv4 address',
  cidr: () => 'an IPv4 address',
};
