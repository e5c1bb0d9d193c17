import { permutation, standardNormal, type RandomDraws } from '../../statistics/index.ts';
import { corpus, type Corpus } from '../corpus.ts';
import type { TextGenerator, TextLength } from '../generator.ts';
import { setDecimal, setInt32, setLength, type Page } from '../page.ts';

import { drawsOf, keyOf, type Cell, type PutRow, type Scope } from './cell.ts';

/** Running text of the length asked for. */
export function textCell({ length, max, unique }: TextGenerator, scope: Scope): Cell {
  const draws = drawsOf(scope);
  const cut = length.kind === 'words' ? wordsOf(length) : widthOf(length);
  const room = roomBeforeSuffix(max, unique, scope.rows);
  const source = corpus();
  const cutAt = (row: number): Cut => {
    cut(draws.at(row));
    if (CUT.length > room) CUT.length = room;
    return CUT;
  };
  const plain = (row: number): string => {
    const piece = cutOut(source.text, cutAt(row));
    return piece.endsWith(' ') ? `${piece.slice(0, -1)}.` : piece;
  };
  const write: PutRow = (page, at, row) => {
    const end = setCut(page, at + 4, source, cutAt(row));
    // A blank at the end would be lost in a char(n).
    if (end > at + 4 && page.view.getInt8(end - 1) === BLANK) page.view.setInt8(end - 1, DOT);
    return setLength(page, at, unique ? setSuffix(page, end, row) : end);
  };
  const longest = length.kind === 'words' ? length.max * (corpus().longestWord + 1) : length.max;
  return {
    value: unique ? (row) => plain(row) + rowSuffix(row) : plain,
    maxBytes: Math.min(room, longest) + MAX_SUFFIX,
    ...(scope.type.kind === 'text' ? { write } : {}),
  };
}

const BLANK = 32;
const DOT = 46;

/** A piece of the corpus, which begins again where it ends. */
interface Cut {
  start: number;
  length: number;
}

/** Of the row that is being made: one object, because a million rows a second would leave a million. */
const CUT: Cut = { start: 0, length: 0 };

function cutOut(text: string, { start, length }: Cut): string {
  return start + length <= text.length
    ? text.slice(start, start + length)
    : text.slice(start).padEnd(length, text);
}

function setCut(target: Page, at: number, { text, page }: Corpus, { start, length }: Cut): number {
  const last = at + length;
  let end = target.copy(at, page, start, Math.min(text.length, start + length));
  while (end < last) end = target.copy(end, page, 0, Math.min(text.length, last - end));
  return end;
}

/** A dot and the row number: what ends in it differs from row to row. */
export const rowSuffix = (row: number): string => `.${row}`;
export const MAX_SUFFIX = 17;

export function setSuffix(page: Page, at: number, row: number): number {
  page.view.setInt8(at, DOT);
  return setDecimal(page, at + 1, row);
}

/** Characters that are left for the text before the widest suffix. */
export function roomBeforeSuffix(max: number | undefined, unique: boolean, rows: number): number {
  if (max === undefined) return Infinity;
  return Math.max(0, unique ? max - rowSuffix(Math.max(0, rows - 1)).length : max);
}

/** Draws the piece of a row into `CUT`. */
type Cutter = (draws: RandomDraws) => void;

function widthOf({ p50, p95, max }: TextLength & { readonly kind: 'width' }): Cutter {
  const mu = Math.log(p50);
  const sigma = (Math.log(p95) - mu) / STANDARD_NORMAL_P95;
  const { starts } = corpus();
  return (draws) => {
    CUT.start = starts[draws.below(starts.length - 1)] ?? 0;
    CUT.length = Math.max(1, Math.min(max, Math.round(Math.exp(mu + sigma * standardNormal(draws)))));
  };
}

const STANDARD_NORMAL_P95 = 1.6449;

function wordsOf({ min, max }: TextLength & { readonly kind: 'words' }): Cutter {
  const { text, starts } = corpus();
  return (draws) => {
    const words = min + draws.below(max - min + 1);
    const first = draws.below(Math.max(1, starts.length - max));
    CUT.start = starts[first] ?? 0;
    CUT.length = Math.max(0, (starts[first + words] ?? text.length + 1) - 1 - CUT.start);
  };
}

/** Upper-case base 36; no two rows alike. */
export function code(max: number | undefined, scope: Scope): Cell {
  const width = codeWidth(max, scope.rows);
  const permute = permutation(Math.min(36 ** width, 2 ** 48), keyOf(scope));
  const write: PutRow = (page, at, row) => setBase36(page, setInt32(page, at, width), permute(row), width);
  return {
    value: (row) => permute(row).toString(36).toUpperCase().padStart(width, '0'),
    maxBytes: width,
    ...(scope.type.kind === 'text' ? { write } : {}),
  };
}

/** Four digits of base 36 are a number below 2^31, for which division is cheap. */
const FOUR_DIGITS = 36 ** 4;

function setBase36({ view }: Page, at: number, value: number, width: number): number {
  let rest = value;
  for (let end = at + width; end > at; end -= 4) {
    const more = Math.floor(rest / FOUR_DIGITS);
    let group = (rest - more * FOUR_DIGITS) | 0;
    for (let place = end - 1; place >= Math.max(at, end - 4); place--) {
      const left = (group / 36) | 0;
      const digit = group - left * 36;
      view.setInt8(place, digit < 10 ? 48 + digit : 55 + digit);
      group = left;
    }
    rest = more;
  }
  return at + width;
}

/** Eight characters where the type has room for them, or as many as the rows need. */
function codeWidth(max: number | undefined, rows: number): number {
  const needed = Math.ceil(Math.log(Math.max(2, rows)) / Math.log(36));
  return Math.min(max ?? Infinity, Math.max(8, needed));
}

/** Hexadecimal, as PostgreSQL prints it. */
export function bytesCell({ min, max }: { readonly min: number; readonly max: number }, scope: Scope): Cell {
  const draws = drawsOf(scope);
  return {
    value: (row) => {
      const size = min + draws.at(row).below(max - min + 1);
      let hex = '';
      while (hex.length < size * 2) hex += draws.word().toString(16).padStart(8, '0');
      return `\\x${hex.slice(0, size * 2)}`;
    },
    maxBytes: max,
  };
}

const ADDRESSES = 2 ** 24;

/** In 10.0.0.0/8; all different as long as there are enough. */
export function inetCell(scope: Scope): Cell {
  const permute = permutation(ADDRESSES, keyOf(scope));
  return {
    value: (row) => {
      const word = permute(row % ADDRESSES);
      return `10.${word >>> 16}.${(word >>> 8) & 255}.${word & 255}`;
    },
    maxBytes: 8,
  };
}
