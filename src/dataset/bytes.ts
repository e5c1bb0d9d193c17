/* Numbers and short texts put into a buffer byte by byte: `Buffer`'s own methods check and convert at every call. */

/** A byte loop is faster than a call up to about this length. */
const SHORT = 48;

export function putInt16(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 8;
  buffer[at + 1] = value;
  return at + 2;
}

/** Also of an unsigned word: only the bits count. */
export function putInt32(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}

/** A whole number that a double holds exactly. */
export function putInt64(buffer: Buffer, at: number, value: number): number {
  const low = value | 0;
  const high = low === value ? low >> 31 : Math.floor(value / 4_294_967_296);
  return putInt32(buffer, putInt32(buffer, at, high), low);
}

/** UTF-8. */
export function putText(buffer: Buffer, at: number, text: string): number {
  const length = text.length;
  if (length > SHORT) return at + buffer.write(text, at);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return at + buffer.write(text, at);
    buffer[at + index] = code;
  }
  return at + length;
}
