import { permutation, standardNormal, type RandomDraws } from '../../statistics/index.ts';
import { corpus } from '../corpus.ts';
import type { TextGenerator, TextLength } from '../generator.ts';

import { drawsOf, keyOf, type Cell, type Scope } from './cell.ts';

/** Running text of the length asked for. */
export function textCell({ length, max, unique }: TextGenerator, scope: Scope): Cell {
  const draws = drawsOf(scope);
  const cut = length.kind === 'words' ? wordsOf(length) : widthOf(length);
  const room = roomBeforeSuffix(max, unique, scope.rows);
  const plain = (row: number): string => {
    const text = cut(draws.at(row));
    const fitting = text.length > room ? text.slice(0, room) : text;
    // A blank at the end would be lost in a char(n).
    return fitting.endsWith(' ') ? `${fitting.slice(0, -1)}.` : fitting;
  };
  const longest = length.kind === 'words' ? length.max * (corpus().longestWord + 1) : length.max;
  return {
    value: unique ? (row) => plain(row) + rowSuffix(row) : plain,
    maxBytes: Math.min(room, longest) + MAX_SUFFIX,
  };
}

/** A dot and the row number: what ends in it differs from row to row. */
export const rowSuffix = (row: number): string => `.${row}`;
export const MAX_SUFFIX = 17;

/** Characters that are left for the text before the widest suffix. */
export function roomBeforeSuffix(max: number | undefined, unique: boolean, rows: number): number {
  if (max === undefined) return Infinity;
  return Math.max(0, unique ? max - rowSuffix(Math.max(0, rows - 1)).length : max);
}

type Cut = (draws: RandomDraws) => string;

function widthOf({ p50, p95, max }: TextLength & { readonly kind: 'width' }): Cut {
  const mu = Math.log(p50);
  const sigma = (Math.log(p95) - mu) / STANDARD_NORMAL_P95;
  const { text, starts } = corpus();
  return (draws) => {
    const start = starts[draws.below(starts.length - 1)] ?? 0;
    const width = Math.max(1, Math.min(max, Math.round(Math.exp(mu + sigma * standardNormal(draws)))));
    return start + width <= text.length
      ? text.slice(start, start + width)
      : text.slice(start).padEnd(width, text);
  };
}

const STANDARD_NORMAL_P95 = 1.6449;

function wordsOf({ min, max }: TextLength & { readonly kind: 'words' }): Cut {
  const { text, starts } = corpus();
  return (draws) => {
    const words = min + draws.below(max - min + 1);
    const first = draws.below(Math.max(1, starts.length - max));
    return text.slice(starts[first], (starts[first + words] ?? text.length + 1) - 1);
  };
}

/** Upper-case base 36; no two rows alike. */
export function code(max: number | undefined, scope: Scope): Cell {
  const width = codeWidth(max, scope.rows);
  const permute = permutation(Math.min(36 ** width, 2 ** 48), keyOf(scope));
  return { value: (row) => permute(row).toString(36).toUpperCase().padStart(width, '0'), maxBytes: width };
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
