import { Failure } from '../errors.ts';

import { writeInet } from './binary/inet.ts';
import { rangeWriter } from './binary/ranges.ts';
import { recordWriter } from './binary/records.ts';
import { putInt16, putInt32, putInt64, putText } from './bytes.ts';
import { MICROSECONDS_PER_DAY } from './calendar.ts';
import type { ArrayType, ColumnType, NumericType, ScalarKind, ScalarType } from './column-type.ts';
import type { ScalarValue, Value } from './generator.ts';
import { SPECIALS } from './special/special.ts';

/**
 * Writes a value in PostgreSQL's binary format (each type's `_recv` function) from `at` on, without the length
 * word before it; gives back where it ends.
 */
export type Writer = (value: Exclude<Value, null>, buffer: Buffer, at: number) => number;
type ScalarWriter = (value: Exclude<ScalarValue, null>, buffer: Buffer, at: number) => number;

/** `elementOid`: of an array's elements, where the type itself does not say. */
export function binaryWriter(type: ColumnType, elementOid?: number): Writer {
  if (type.kind === 'record')
    return recordWriter(
      type,
      type.fields.map((field) => scalarWriter(field.type)),
    );
  return type.kind === 'array' ? arrayWriter(type, elementOid) : (scalarWriter(type) as Writer);
}

function scalarWriter(type: ScalarType): ScalarWriter {
  if (type.kind === 'special') {
    const { write } = SPECIALS[type.name];
    return (value, buffer, at) => write(value as string, buffer, at);
  }
  if (type.kind === 'range') return rangeWriter(type, scalarWriter(type.subtype));
  return type.kind === 'numeric' ? numericWriter(type) : WRITERS[type.kind];
}

const writeText: ScalarWriter = (value, buffer, at) => {
  const text = value as string;
  // A character has at most three bytes for each unit of its UTF-16 form.
  if (text.length * 3 > buffer.length - at && Buffer.byteLength(text) > buffer.length - at)
    throw tooWide(text.length);
  return putText(buffer, at, text);
};

const writeInt8: ScalarWriter = (value, buffer, at) => putInt64(buffer, at, value as number);

const WRITERS: Readonly<Record<Exclude<ScalarKind, 'numeric' | 'special' | 'range'>, ScalarWriter>> = {
  int2: (value, buffer, at) => putInt16(buffer, at, value as number),
  int4: (value, buffer, at) => putInt32(buffer, at, value as number),
  int8: writeInt8,
  float4: (value, buffer, at) => buffer.writeFloatBE(value as number, at),
  float8: (value, buffer, at) => buffer.writeDoubleBE(value as number, at),
  bool: (value, buffer, at) => {
    buffer[at] = value as number;
    return at + 1;
  },
  text: writeText,
  uuid: (value, buffer, at) => at + buffer.write((value as string).replaceAll('-', ''), at, 'hex'),
  date: (value, buffer, at) => putInt32(buffer, at, value as number),
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
  inet: (value, buffer, at) => writeInet(value as string, 0, buffer, at),
  cidr: (value, buffer, at) => writeInet(value as string, 1, buffer, at),
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
    const whole = units < INT32 ? ((units | 0) / unit) | 0 : Math.floor(units / unit);
    const wholeGroups = groupsOf(whole);
    const point = putGroups(buffer, at + 8, whole, wholeGroups);
    const end = putGroups(buffer, point, (units - whole * unit) * padding, fractionGroups);
    putInt16(buffer, at, wholeGroups + fractionGroups);
    putInt16(buffer, at + 2, wholeGroups - 1);
    putInt16(buffer, at + 4, (value as number) < 0 ? NUMERIC_NEGATIVE : 0);
    putInt16(buffer, at + 6, shown);
    return end;
  };
}

const INT32 = 2 ** 31;

/** Groups of four digits; none for 0. */
function groupsOf(value: number): number {
  if (value < 1e8) return value < 1e4 ? (value === 0 ? 0 : 1) : 2;
  return value < 1e12 ? 3 : 4;
}

function putGroups(buffer: Buffer, at: number, value: number, groups: number): number {
  let rest = value;
  for (let place = at + (groups - 1) * 2; place >= at; place -= 2) {
    const next = rest < INT32 ? ((rest | 0) / 1e4) | 0 : Math.floor(rest / 1e4);
    putInt16(buffer, place, rest - next * 1e4);
    rest = next;
  }
  return at + groups * 2;
}

/** array_recv: dimensions, flags, OID of the elements, size and lower bound of each dimension, then the elements. */
function arrayWriter(type: ArrayType, elementOid: number | undefined): Writer {
  const oid = elementOidOf(type, elementOid);
  const write = scalarWriter(type.element);
  return (value, buffer, at) => {
    const elements = value as readonly ScalarValue[];
    let end = putArrayHead(buffer, at, oid, elements.length);
    for (const element of elements) end = writeSized(element, write, buffer, end);
    return end;
  };
}

export function elementOidOf(type: ArrayType, elementOid: number | undefined): number {
  const oid = type.elementOid ?? elementOid;
  if (oid === undefined)
    throw new Failure('bug', { message: 'the OID of the elements of an array is not known' });
  return oid;
}

/** One dimension from 1 on, none where there are no elements. The server looks for NULLs itself, whatever the flags say. */
function putArrayHead(buffer: Buffer, at: number, oid: number, size: number): number {
  putInt32(buffer, at, size === 0 ? 0 : 1);
  putInt32(buffer, at + 4, 0);
  const end = putInt32(buffer, at + 8, oid);
  return size === 0 ? end : putInt32(buffer, putInt32(buffer, end, size), 1);
}

function writeSized(value: ScalarValue, write: ScalarWriter, buffer: Buffer, at: number): number {
  if (value === null) return putInt32(buffer, at, -1);
  const end = write(value, buffer, at + 4);
  putInt32(buffer, at, end - at - 4);
  return end;
}

function tooWide(length: number): Failure {
  return new Failure('bug', {
    message: `a text of ${length} characters is wider than its column's generator said`,
  });
}
