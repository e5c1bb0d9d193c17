import { MICROSECONDS_PER_DAY } from '../calendar.ts';

import { drawsOf, type Cell, type Scope } from './cell.ts';

interface UuidSettings {
  readonly version: 4 | 7;
  readonly from: number;
  readonly to: number;
}

/**
 * RFC 9562. No two rows alike: the last word is a bijection of the row number (below 2^32) and no fixed bits stand
 * in it.
 */
export function uuid({ version, from, to }: UuidSettings, scope: Scope): Cell {
  const draws = drawsOf(scope);
  const rows = Math.max(1, scope.rows);
  const words = new Uint32Array(4);
  const fill = (row: number): void => {
    // The first draw, not the last, is the bijection that is promised: see randomWord.
    words[3] = draws.at(row).word();
    words[2] = (draws.word() & 0x3fffffff) | 0x80000000;
    const low = draws.word();
    if (version === 4) {
      words[0] = draws.word();
      words[1] = (low & 0xffff0fff) | 0x4000;
      return;
    }
    const ms = Math.floor((from + (row / rows) * (to - from) + UNIX_TO_2000) / 1_000);
    words[0] = Math.floor(ms / 65_536);
    words[1] = (((ms % 65_536) << 16) | 0x7000 | (low & 0xfff)) >>> 0;
  };
  return {
    value: (row) => {
      fill(row);
      const hex = Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    maxBytes: 16,
    write: (buffer, at, row) => {
      fill(row);
      buffer.writeInt32BE(16, at);
      return words.reduce((end, word) => buffer.writeUInt32BE(word, end), at + 4);
    },
  };
}

/** Microseconds from 1970 to 2000. */
const UNIX_TO_2000 = 10_957 * MICROSECONDS_PER_DAY;
