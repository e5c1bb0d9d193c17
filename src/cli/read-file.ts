import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { bytes, formatSize, type Bytes } from '../units.ts';

/**
 * The text of a regular file. Throws for anything else, as for a pipe without a writer or a device without an end, and
 * for more than `limit`, whatever its directory says of its size (/proc says 0).
 */
export function readText(path: string, limit: Bytes): string {
  // Not waiting for a writer: a pipe is opened at once, and refused.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new Error('expected a regular file');
    if (status.size > limit) throw tooLarge(bytes(status.size), limit);
    return readUpTo(file, { size: status.size, limit });
  } finally {
    closeSync(file);
  }
}

const LEAST = 64 * 1024;

function readUpTo(file: number, { size, limit }: { readonly size: number; readonly limit: Bytes }): string {
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(Math.max(LEAST, size - total + 1));
    const length = readSync(file, part);
    if (length === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(part.subarray(0, length));
    total += length;
    if (total > limit) throw tooLarge(bytes(total), limit);
  }
}

const tooLarge = (size: Bytes, limit: Bytes): Error =>
  new Error(`expected at most ${formatSize(limit)}, found ${formatSize(size)}`);
