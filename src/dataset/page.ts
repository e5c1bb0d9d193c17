/*
 * Memory that rows are written into. Numbers go through a view of it and texts in words of four bytes: several times
 * faster than `Buffer`'s methods, which check and convert at every call.
 */

export class Page {
  readonly bytes: Buffer;
  /** Of the same memory. */
  readonly view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Puts the bytes [from, to) of constants, which end `SLACK` bytes after the last, and gives back where they end here. */
  copy(at: number, source: Page, from: number, to: number): number {
    const size = to - from;
    if (size > SHORT) source.bytes.copy(this.bytes, at, from, to);
    else
      for (let place = 0; place < size; place += 4)
        this.view.setInt32(at + place, source.view.getInt32(from + place, true), true);
    return at + size;
  }
}

/** Up to this length a loop over words is faster than a call. */
const SHORT = 96;

/** What is put may be followed by up to this many bytes of rubbish: the page has room for them, and the next put goes over them. */
export const SLACK = 4;

export function setInt16({ view }: Page, at: number, value: number): number {
  view.setInt16(at, value);
  return at + 2;
}

/** Also of an unsigned word: only the bits count. */
export function setInt32({ view }: Page, at: number, value: number): number {
  view.setInt32(at, value);
  return at + 4;
}

/** A whole number that a double holds exactly. */
export function setInt64({ view }: Page, at: number, value: number): number {
  const low = value | 0;
  view.setInt32(at, low === value ? low >> 31 : Math.floor(value / 4_294_967_296));
  view.setInt32(at + 4, low);
  return at + 8;
}

/** The length word before what was put since `at`, which left four bytes for it; gives back `end`. */
export function setLength({ view }: Page, at: number, end: number): number {
  view.setInt32(at, end - at - 4);
  return end;
}

/** UTF-8. */
export function setText({ bytes }: Page, at: number, text: string): number {
  return at + bytes.write(text, at);
}

const ZERO = 48;
const MINUS = 45;

/** The digits of a whole number that a double holds exactly. */
export function setDecimal(page: Page, at: number, value: number): number {
  if (value < 0) {
    page.view.setInt8(at, MINUS);
    return setDecimal(page, at + 1, -value);
  }
  if (value < 1e9) return setDigits(page, at, value | 0, digitsOf(value | 0));
  const head = Math.floor(value / 1e9);
  return setDigits(page, setDecimal(page, at, head), (value - head * 1e9) | 0, 9);
}

/** `width` digits of a whole number below 2^31, zeros in front. */
function setDigits({ view }: Page, at: number, value: number, width: number): number {
  let rest = value;
  for (let place = at + width - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    view.setInt8(place, ZERO + rest - tenth * 10);
    rest = tenth;
  }
  return at + width;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Constants one after another, to copy from. */
export interface Constants {
  readonly page: Page;
  /** Where each begins; at the end, where a next one would. */
  readonly starts: Int32Array;
}

export function constants(pieces: readonly Buffer[]): Constants {
  const starts = new Int32Array(pieces.length + 1);
  pieces.forEach((piece, index) => (starts[index + 1] = (starts[index] ?? 0) + piece.length));
  return { page: new Page(Buffer.concat([...pieces, Buffer.alloc(SLACK)])), starts };
}

export function setConstant(target: Page, at: number, { page, starts }: Constants, place: number): number {
  return target.copy(at, page, starts[place] ?? 0, starts[place + 1] ?? 0);
}
