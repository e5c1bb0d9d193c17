import { ipv6Words } from './binary/inet.ts';
import { parseTimestamp, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND } from './calendar.ts';
import {
  INTEGER_RANGES,
  typeName,
  type ColumnType,
  type IntegerType,
  type RecordType,
  type ScalarKind,
  type ScalarType,
} from './column-type.ts';
import type { ScalarValue, Value } from './generator.ts';
import { jsonbText } from './jsonb-text.ts';
import { match, type Cases } from './match.ts';
import { splitRange } from './range-text.ts';
import type { Special } from './special/kind.ts';
import { SPECIALS } from './special/special.ts';

export type Literal<Read> =
  | { readonly ok: true; readonly value: Read }
  /** `expected`: what the type takes, for a message. */
  | { readonly ok: false; readonly expected: string };

/** A value as it is written in a dataset file, as a value of the type. */
export function literal(type: ColumnType, written: unknown): Literal<Value> {
  if (written === null) return { ok: true, value: null };
  if (type.kind === 'record') return recordLiteral(type, written);
  if (type.kind !== 'array') return scalarLiteral(type, written);
  if (!Array.isArray(written)) return { ok: false, expected: `a list for ${typeName(type)}` };
  const elements = written.map((one: unknown): Literal<ScalarValue> =>
    one === null ? { ok: true, value: null } : scalarLiteral(type.element, one),
  );
  const wrong = elements.find((one) => !one.ok);
  return wrong ?? { ok: true, value: elements.flatMap((one) => (one.ok ? [one.value] : [])) };
}

/** An object by the names of the fields; those that it leaves out are NULL. */
function recordLiteral({ name, fields }: RecordType, written: unknown): Literal<Value> {
  const expected = `an object with ${fields.map((field) => field.name).join(', ')} for ${name}`;
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    return { ok: false, expected };
  const given = new Map<string, unknown>(Object.entries(written));
  if ([...given.keys()].some((key) => !fields.some((field) => field.name === key)))
    return { ok: false, expected };
  const values = fields.map((field): Literal<ScalarValue> => {
    const value = given.get(field.name) ?? null;
    return value === null ? { ok: true, value } : scalarLiteral(field.type, value);
  });
  const wrong = values.find((one) => !one.ok);
  return wrong ?? { ok: true, value: values.flatMap((one) => (one.ok ? [one.value] : [])) };
}

function scalarLiteral(type: ScalarType, written: unknown): Literal<ScalarValue> {
  const value = readAs(type, written);
  return value === undefined ? { ok: false, expected: EXPECTED[type.kind](type) } : { ok: true, value };
}

type Written = string | number | boolean;
type Read = number | string | undefined;

function readAs(type: ScalarType, written: unknown): Read {
  if (type.kind === 'json' || type.kind === 'jsonb') return jsonbText(written);
  const isScalar = typeof written === 'string' || typeof written === 'number' || typeof written === 'boolean';
  return isScalar ? match(type, READERS, written) : undefined;
}

const MAX_UNITS = Number.MAX_SAFE_INTEGER;

const integer = ({ kind }: IntegerType, written: Written): Read =>
  within(INTEGER_RANGES[kind], Number(written));
const float = (_: ScalarType, written: Written): Read =>
  Number.isFinite(Number(written)) ? Number(written) : undefined;
const asText =
  (read: (text: string) => Read) =>
  (_: ScalarType, written: Written): Read =>
    read(String(written));

const READERS: Cases<Exclude<ScalarType, { readonly kind: 'json' | 'jsonb' }>, Written, Read> = {
  int2: integer,
  int4: integer,
  int8: integer,
  numeric: ({ scale }, written) => within([-MAX_UNITS, MAX_UNITS], Math.round(Number(written) * 10 ** scale)),
  float4: float,
  float8: float,
  bool: (_, written) => BOOLEANS.get(String(written)),
  text: ({ max = Infinity }, written) => (String(written).length <= max ? String(written) : undefined),
  enum: ({ labels }, written) => labels.find((label) => label === String(written)),
  date: asText((text) => {
    const time = parseTimestamp(text);
    return time === undefined ? undefined : Math.floor(time / MICROSECONDS_PER_DAY);
  }),
  timestamp: asText(parseTimestamp),
  timestamptz: asText(parseTimestamp),
  time: asText(readTime),
  interval: asText(readTime),
  uuid: asText((text) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined,
  ),
  bytea: asText((text) => (/^\\x([0-9a-f]{2})*$/i.test(text) ? text.toLowerCase() : undefined)),
  inet: asText(readAddress),
  cidr: asText(readAddress),
  special: ({ name, modifier }, written) => {
    const text = String(written);
    const { pattern = /^/ }: Special = SPECIALS[name];
    const fits = name !== 'bit' || text.length === (modifier ?? 1);
    return fits && pattern.test(text) ? text : undefined;
  },
  range: ({ subtype, multi }, written) => readRange(String(written), subtype, multi),
};

function readRange(text: string, subtype: ScalarType, multi: boolean): Read {
  const ranges = multi ? text.slice(1, -1).split(/(?<=[\])]),/) : [text];
  const bounds = ranges.map(splitRange);
  const isRange = bounds.every(
    (range) =>
      range !== undefined &&
      [range.lower, range.upper].every((bound) => bound === '' || scalarLiteral(subtype, bound).ok),
  );
  return isRange || text === 'empty' || text === '{}' ? text : undefined;
}

const BOOLEANS = new Map([
  ['true', 1],
  ['false', 0],
]);

function within([min, max]: readonly [number, number], value: number): number | undefined {
  return value >= min && value <= max && Number.isInteger(value) ? value : undefined;
}

function readTime(text: string): number | undefined {
  const match = /^(\d{1,3}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const seconds = Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (
    seconds * MICROSECONDS_PER_SECOND + Math.round(Number(`0${match[4] ?? ''}`) * MICROSECONDS_PER_SECOND)
  );
}

function readAddress(text: string): string | undefined {
  if (text.includes(':')) {
    const [address = '', bits = '128'] = text.split('/');
    return ipv6Words(address) !== undefined && Number(bits) <= 128 ? text : undefined;
  }
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  return match.slice(1, 5).every((part) => Number(part) < 256) && Number(match[5] ?? 0) <= 32
    ? text
    : undefined;
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
  inet: () => 'an address such as 10.0.0.1 or 2001:db8::1',
  cidr: () => 'an address such as 10.0.0.1 or 2001:db8::1',
  special: (type) =>
    type.kind === 'special' ? `a value of ${typeName(type)} such as ${SPECIALS[type.name].example}` : '',
  range: (type) => `a range such as ${type.kind === 'range' && type.multi ? '{[1,5)}' : '[1,5)'}`,
};
