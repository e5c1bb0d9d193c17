import { compare, isMoment, UNKNOWN, type Outcome, type SqlValue } from './sql-value.ts';

type Call = (values: readonly SqlValue[]) => Outcome;

/** NULL where an argument is; `UNKNOWN` where it is no text. */
const ofText =
  (compute: (text: string) => SqlValue): Call =>
  ([value = null]) =>
    value === null ? null : typeof value === 'string' ? compute(value) : UNKNOWN;

const ofNumber =
  (compute: (number: number) => SqlValue): Call =>
  ([value = null]) =>
    value === null ? null : typeof value === 'number' ? compute(value) : UNKNOWN;

const ofList =
  (compute: (list: readonly SqlValue[]) => SqlValue): Call =>
  ([value = null]) =>
    value === null ? null : isList(value) ? compute(value) : UNKNOWN;

const isList = (value: SqlValue): value is readonly SqlValue[] => Array.isArray(value);

const extreme =
  (sign: 1 | -1): Call =>
  (values) =>
    values.reduce<Outcome>((best, value) => {
      if (value === null || best === UNKNOWN) return best;
      if (best === null) return value;
      const order = compare(value, best);
      return order === undefined ? UNKNOWN : order * sign > 0 ? value : best;
    }, null);

const length = ofText((text) => Array.from(text).length);
const jsonType = ofText((text) => {
  const value: unknown = JSON.parse(text);
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
});

export const FUNCTIONS: Readonly<Record<string, Call>> = {
  length: ofText((text) => (text.startsWith('\\x') ? text.length / 2 - 1 : Array.from(text).length)),
  char_length: length,
  character_length: length,
  octet_length: ofText((text) => (text.startsWith('\\x') ? text.length / 2 - 1 : Buffer.byteLength(text))),
  lower: ofText((text) => text.toLowerCase()),
  upper: ofText((text) => text.toUpperCase()),
  btrim: ofText((text) => text.trim()),
  trim: ofText((text) => text.trim()),
  ltrim: ofText((text) => text.trimStart()),
  rtrim: ofText((text) => text.trimEnd()),
  abs: ofNumber(Math.abs),
  floor: ofNumber(Math.floor),
  ceil: ofNumber(Math.ceil),
  round: ofNumber(Math.round),
  cardinality: ofList((list) => list.length),
  array_length: ofList((list) => (list.length === 0 ? null : list.length)),
  num_nonnulls: (values) => values.filter((value) => value !== null).length,
  num_nulls: (values) => values.filter((value) => value === null).length,
  jsonb_typeof: jsonType,
  json_typeof: jsonType,
  greatest: extreme(1),
  least: extreme(-1),
  now: () => UNKNOWN,
  isfinite: ([value = null]) => (value === null ? null : isMoment(value) ? true : UNKNOWN),
};
