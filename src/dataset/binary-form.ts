import { Failure } from '../errors.ts';

import { MICROSECONDS_PER_DAY } from './calendar.ts';
import type { ArrayType, ColumnType, NumericType, ScalarKind, ScalarType } from './column-type.ts';
import type { ScalarValue, Value } from './generator.ts';

/**
 * Writes a value in PostgreSQL's binary format (each type's `_recv` function) from `at` on, without the length
 * word before it; gives back where it ends.
 */
export type Writer = (value: Exclude<Value, null>, buffer: Buffer, at: number) => number;
type ScalarWriter = (value: Exclude<ScalarValue, null>, buffer: Buffer, at: number) => number;

/** `elementOid`: of an array's elements, where the type itself does not say. */
export function binaryWriter(type: ColumnType, elementOid?: number): Writer {
  return type.kind === 'array' ? arrayWriter(type, elementOid) : (scalarWriter(type) as Writer);
}

function scalarWriter(type: ScalarType): ScalarWriter {
  return type.kind === 'numeric' ? numericWriter(type) : WRITERS[type.kind];
}

const writeText: ScalarWriter = (value, buffer, at) => {
  const text = value as string;
  // A character has at most three bytes for each unit of its UTF-16 form.
  if (text.length * 3 > buffer.length - at && Buffer.byteLength(text) > buffer.length - at)
    throw tooWide(text.length);
  return at + buffer.write(text, at);
};

const writeInt8: ScalarWriter = (value, buffer, at) => {
  const number = value as number;
  buffer.writeInt32BE(Math.floor(number / 4_294_967_296), at);
  return buffer.writeUInt32BE(number >>> 0, at + 4);
};

const writeInet =
  (isCidr: 0 | 1): ScalarWriter =>
  (value, buffer, at) => {
    const [address = '', bits = '32'] = (value as string).split('/');
    // PGSQL_AF_INET is 2 (src/include/utils/inet.h).
    buffer.writeUInt8(2, at);
    buffer.writeUInt8(Number(bits), at + 1);
    buffer.writeUInt8(isCidr, at + 2);
    buffer.writeUInt8(4, at + 3);
    return address.split('.').reduce((end, part) => buffer.writeUInt8(Number(part), end), at + 4);
  };

const WRITERS: Readonly<Record<Exclude<ScalarKind, 'numeric'>, ScalarWriter>> = {
  int2: (value, buffer, at) => buffer.writeInt16BE(value as number, at),
  int4: (value, buffer, at) => buffer.writeInt32BE(value as number, at),
  int8: writeInt8,
  float4: (value, buffer, at) => buffer.writeFloatBE(value as number, at),
  float8: (value, buffer, at) => buffer.writeDoubleBE(value as number, at),
  bool: (value, buffer, at) => buffer.writeUInt8(value as number, at),
  text: writeText,
  uuid: (value, buffer, at) => at + buffer.write((value as string).replaceAll('-', ''), at, 'hex'),
  date: (value, buffer, at) => buffer.writeInt32BE(value as number, at),
  timestamp: writeInt8,
  timestamptz: writeInt8,
  time: writeInt8,
  interval: (value, buffer, at) => {
    const days = Math.floor((value as number) / MICROSECONDS_PER_DAY);
    writeInt8((value as number) - days * MICROSECONDS_PER_DAY, buffer, at);
    buffer.writeInt32BE(days, at + 8);
    return buffer.writeInt32BE(0, at + 12);
  },
  json: writeText,
  // jsonb_recv: one byte, version 1, before the text.
  jsonb: (value, buffer, at) => writeText(value, buffer, buffer.writeUInt8(1, at)),
  enum: writeText,
  bytea: (value, buffer, at) => at + buffer.write((value as string).slice(2), at, 'hex'),
  inet: writeInet(0),
  cidr: writeInet(1),
};

const NUMERIC_NEGATIVE = 0x4000;

/**
 * numeric_recv: number of groups, weight of the first, sign, display scale, then groups of four decimal digits
 * aligned at the point.
 */
function numericWriter({ scale, shown }: NumericType): ScalarWriter {
  const unit = 10 ** scale;
  const fractionGroups = Math.ceil(scale / 4);
  const padding = 10 ** (fractionGroups * 4 - scale);
  return (value, buffer, at) => {
    const units = Math.abs(value as number);
    const whole = Math.floor(units / unit);
    let end = at + 8;
    const wholeGroups = whole === 0 ? 0 : whole < 1e4 ? 1 : whole < 1e8 ? 2 : whole < 1e12 ? 3 : 4;
    for (let group = wholeGroups - 1; group >= 0; group--)
      end = buffer.writeInt16BE(Math.floor(whole / 1e4 ** group) % 1e4, end);
    const fraction = (units - whole * unit) * padding;
    for (let group = fractionGroups - 1; group >= 0; group--)
      end = buffer.writeInt16BE(Math.floor(fraction / 1e4 ** group) % 1e4, end);
    buffer.writeInt16BE(wholeGroups + fractionGroups, at);
    buffer.writeInt16BE(wholeGroups - 1, at + 2);
    buffer.writeInt16BE((value as number) < 0 ? NUMERIC_NEGATIVE : 0, at + 4);
    buffer.writeInt16BE(shown, at + 6);
    return end;
  };
}

/** array_recv: dimensions, whether there are NULLs, OID of the elements, then size and lower bound of each dimension. */
function arrayWriter(type: ArrayType, elementOid: number | undefined): Writer {
  const oid = type.elementOid ?? elementOid;
  const write = scalarWriter(type.element);
  return (value, buffer, at) => {
    if (oid === undefined)
      throw new Failure('bug', { message: 'the OID of the elements of an array is not known' });
    const elements = value as readonly ScalarValue[];
    buffer.writeInt32BE(elements.length === 0 ? 0 : 1, at);
    buffer.writeInt32BE(elements.includes(null) ? 1 : 0, at + 4);
    let end = buffer.writeUInt32BE(oid, at + 8);
    if (elements.length === 0) return end;
    end = buffer.writeInt32BE(1, buffer.writeInt32BE(elements.length, end));
    for (const element of elements) end = writeSized(element, write, buffer, end);
    return end;
  };
}

function writeSized(value: ScalarValue, write: ScalarWriter, buffer: Buffer, at: number): number {
  if (value === null) return buffer.writeInt32BE(-1, at);
  const end = write(value, buffer, at + 4);
  buffer.writeInt32BE(end - at - 4, at);
  return end;
}

function tooWide(length: number): Failure {
  return new Failure('bug', {
    message: `a text of ${length} characters is wider than its column's generator said`,
  });
}
