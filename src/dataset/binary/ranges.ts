import { typeName, type RangeType, type ScalarType } from '../column-type.ts';
import { Failure } from '../../errors.ts';
import type { ScalarValue } from '../generator.ts';
import { literal } from '../literal.ts';
import { splitRange } from '../range-text.ts';

type Write = (value: Exclude<ScalarValue, null>, buffer: Buffer, at: number) => number;

/** Bits of a range's first byte (rangetypes.h). */
const EMPTY = 0x01;
const LOWER_INCLUSIVE = 0x02;
const UPPER_INCLUSIVE = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

/** range_recv: a byte of flags, then the bounds that are there, each with its length; a multirange counts its ranges. */
export function rangeWriter(type: RangeType, writeBound: Write): Write {
  const writeRange = (text: string, buffer: Buffer, at: number): number =>
    oneRange(text, buffer, at, { type, writeBound });
  if (!type.multi) return (value, buffer, at) => writeRange(String(value), buffer, at);
  return (value, buffer, at) => {
    const inner = String(value).slice(1, -1);
    const ranges = inner === '' ? [] : inner.split(/(?<=[\])]),/);
    let end = buffer.writeInt32BE(ranges.length, at);
    for (const range of ranges) end = sized(buffer, end, (start) => writeRange(range, buffer, start));
    return end;
  };
}

interface Bounds {
  readonly type: RangeType;
  readonly writeBound: Write;
}

function oneRange(text: string, buffer: Buffer, at: number, { type, writeBound }: Bounds): number {
  const range = splitRange(text);
  if (range === undefined) return buffer.writeUInt8(EMPTY, at);
  const { lower, upper } = range;
  const flags =
    (lower === '' ? LOWER_INFINITE : range.lowerInclusive ? LOWER_INCLUSIVE : 0) |
    (upper === '' ? UPPER_INFINITE : range.upperInclusive ? UPPER_INCLUSIVE : 0);
  let end = buffer.writeUInt8(flags, at);
  for (const bound of [lower, upper]) {
    if (bound === '') continue;
    const value = boundValue(type.subtype, bound);
    end = sized(buffer, end, (start) => writeBound(value, buffer, start));
  }
  return end;
}

function boundValue(subtype: ScalarType, text: string): Exclude<ScalarValue, null> {
  const read = literal(subtype, text);
  if (read.ok && (typeof read.value === 'number' || typeof read.value === 'string')) return read.value;
  throw new Failure('bug', { message: `${text} is no bound of a range of ${typeName(subtype)}` });
}

function sized(buffer: Buffer, at: number, write: (start: number) => number): number {
  const end = write(at + 4);
  buffer.writeInt32BE(end - at - 4, at);
  return end;
}
