import { deflateSync, inflateSync } from 'node:zlib';

import { Failure } from '../errors.ts';

/* HdrHistogram's V2 format (HdrHistogram/AbstractHistogram.java), header as the Java implementation writes it: no offset, ratio 1. */

const COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const HEADER = 40;
const DIGITS = 3;
const LOWEST = 1;
/** 1 h in microseconds. */
const HIGHEST = 3_600_000_000;

/** Base64 of a compressed histogram with these counts. */
export function writeHistogram(counts: Uint8Array): string {
  const inner = Buffer.alloc(HEADER + counts.length);
  inner.writeUInt32BE(COOKIE, 0);
  inner.writeUInt32BE(counts.length, 4);
  inner.writeInt32BE(0, 8);
  inner.writeInt32BE(DIGITS, 12);
  inner.writeBigInt64BE(BigInt(LOWEST), 16);
  inner.writeBigInt64BE(BigInt(HIGHEST), 24);
  inner.writeDoubleBE(1, 32);
  inner.set(counts, HEADER);
  const deflated = deflateSync(inner);
  const outer = Buffer.alloc(8);
  outer.writeUInt32BE(COMPRESSED_COOKIE, 0);
  outer.writeUInt32BE(deflated.length, 4);
  return Buffer.concat([outer, deflated]).toString('base64');
}

/** The counts of it, for `readCounts`. Throws `Failure('file.invalid')`. */
export function readHistogram(text: string): Uint8Array {
  const broken = (found: string, cause?: unknown): Failure =>
    new Failure('file.invalid', {
      message: `a histogram in the report can not be decoded: ${found}`,
      ...(cause === undefined ? {} : { cause }),
    });
  const outer = Buffer.from(text, 'base64');
  if (outer.length < 8 || outer.readUInt32BE(0) !== COMPRESSED_COOKIE) throw broken('no HdrHistogram V2');
  let inner: Buffer;
  try {
    inner = inflateSync(outer.subarray(8));
  } catch (cause) {
    throw broken('not compressed by zlib', cause);
  }
  if (inner.length < HEADER || inner.readUInt32BE(0) !== COOKIE) throw broken('no HdrHistogram V2');
  if (inner.readInt32BE(12) !== DIGITS || inner.readBigInt64BE(16) !== BigInt(LOWEST))
    throw broken('expected microseconds with three digits');
  return inner.subarray(HEADER, HEADER + inner.readUInt32BE(4));
}

/** ZigZag LEB128: a count, or −n for n buckets with nothing in them. There is nothing outside of [first, last]. */
export function writeCounts(counts: Uint32Array, first: number, last: number): Uint8Array {
  const bytes = Buffer.allocUnsafe((last - first + 2) * 5);
  let at = 0;
  const put = (value: number): void => {
    let rest = value >= 0 ? value * 2 : value * -2 - 1;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) + 0x80;
    bytes[at++] = rest;
  };
  let zeros = first;
  for (let index = first; index <= last; index++) {
    const count = counts[index] ?? 0;
    if (count === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) put(-zeros);
    zeros = 0;
    put(count);
  }
  return Uint8Array.prototype.slice.call(bytes, 0, at);
}

/** Tells every bucket that has something in it. Throws `RangeError` at a number that is cut off. */
export function readCounts(bytes: Uint8Array, tell: (index: number, count: number) => void): void {
  let index = 0;
  for (let at = 0; at < bytes.length;) {
    let value = 0;
    let weight = 1;
    let byte: number;
    do {
      const next = bytes[at++];
      if (next === undefined) throw new RangeError('the counts of a histogram are cut off');
      byte = next;
      value += (byte & 0x7f) * weight;
      weight *= 0x80;
    } while (byte >= 0x80);
    if (value % 2 === 1) index += (value + 1) / 2;
    else tell(index++, value / 2);
  }
}
