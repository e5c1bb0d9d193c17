import { formatDate, formatInterval, formatTime, formatTimestamp } from './calendar.ts';
import type { ColumnType, NumericType, RecordType, ScalarKind, ScalarType } from './column-type.ts';
import type { ScalarValue, Value } from './generator.ts';

/** A value as PostgreSQL prints it, `value::text`; time zone UTC. */
export function textForm(type: ColumnType): (value: Exclude<Value, null>) => string {
  if (type.kind === 'record') return recordForm(type);
  if (type.kind !== 'array') return (value) => scalarForm(type)(value as Exclude<ScalarValue, null>);
  const element = elementForm(type.element);
  return (value) =>
    `{${(value as readonly ScalarValue[]).map((one) => (one === null ? 'NULL' : quoteElement(element(one)))).join(',')}}`;
}

/** As record_out prints it: an empty field is NULL. */
function recordForm({ fields }: RecordType): (value: Exclude<Value, null>) => string {
  const forms = fields.map((field) => elementForm(field.type));
  const print = (field: ScalarValue, index: number): string =>
    field === null ? '' : quoteField(forms[index]?.(field) ?? '');
  return (value) => `(${(value as readonly ScalarValue[]).map(print).join(',')})`;
}

const quoteField = (text: string): string =>
  text !== '' && !/[(),"\\\s]/.test(text) ? text : `"${text.replace(/["\\]/g, '$&$&')}"`;

export type ScalarForm = (value: Exclude<ScalarValue, null>) => string;

export function scalarForm(type: ScalarType): ScalarForm {
  if (type.kind === 'numeric') return (value) => formatNumeric(Number(value), type);
  if (type.kind === 'text' && type.name === 'bpchar') return (value) => String(value).trimEnd();
  return FORMS[type.kind];
}

const asIs: ScalarForm = String;
const withMask: ScalarForm = (value) => {
  const text = String(value);
  if (text.includes('/')) return text;
  return text.includes(':') ? `${text}/128` : `${text}/32`;
};

const FORMS: Readonly<Record<Exclude<ScalarKind, 'numeric'>, ScalarForm>> = {
  int2: asIs,
  int4: asIs,
  int8: asIs,
  float4: (value) => formatFloat(shortestFloat4(Number(value)), 6),
  float8: (value) => formatFloat(Number(value), 15),
  bool: (value) => (value === 1 ? 'true' : 'false'),
  text: asIs,
  uuid: asIs,
  date: (value) => formatDate(Number(value)),
  timestamp: (value) => formatTimestamp(Number(value)),
  timestamptz: (value) => `${formatTimestamp(Number(value))}+00`,
  time: (value) => formatTime(Number(value)),
  interval: (value) => formatInterval(Number(value)),
  json: asIs,
  jsonb: asIs,
  enum: asIs,
  bytea: asIs,
  inet: withMask,
  cidr: withMask,
  special: asIs,
  range: asIs,
};

function formatNumeric(units: number, { scale, shown }: NumericType): string {
  if (shown === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0 ? '-' : ''}${whole}.${digits.slice(digits.length - scale).padEnd(shown, '0')}`;
}

/** Shortest decimals that are read back as the same 32-bit float. */
function shortestFloat4(value: number): number {
  const single = Math.fround(value);
  for (let precision = 1; precision <= 9; precision++) {
    const candidate = Number(single.toPrecision(precision));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}

/** Exponents outside [−4, limit) are written out (PostgreSQL's d2s.c and f2s.c). */
function formatFloat(value: number, limit: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < limit) return plainFloat(value, digits, power);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainFloat(value: number, digits: string, power: number): string {
  const decimals = Math.max(0, digits.replace(/^-?\d\.?/, '').length - power);
  return Object.is(value, -0) ? '-0' : value.toFixed(decimals);
}

/** In an array the output function speaks, not the cast: booleans are t and f, char(n) is padded, hosts have no mask. */
function elementForm(type: ScalarType): ScalarForm {
  if (type.kind === 'bool') return (value) => (value === 1 ? 't' : 'f');
  if (type.kind === 'inet') return (value) => String(value).replace(/\/(32|128)$/, '');
  if (type.kind === 'text' && type.name === 'bpchar') return (value) => String(value).padEnd(type.max ?? 1);
  return scalarForm(type);
}

function quoteElement(text: string): string {
  const plain = text !== '' && !/[{}",\\\s]/.test(text) && text.toUpperCase() !== 'NULL';
  return plain ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
