import type { RandomDraws } from '../../statistics/index.ts';
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
  const head =
    version === 4
      ? () => randomHead(draws)
      : (row: number) => timeHead(draws, from + (row / rows) * (to - from));
  const writeBody = (buffer: Buffer, at: number, row: number): number => {
    // The first draw is the bijection: it goes where no bit is fixed.
    buffer.writeUInt32BE(draws.at(row).word(), at + 12);
    buffer.writeUInt32BE(((draws.word() & 0x3fffffff) | 0x80000000) >>> 0, at + 8);
    const [high, low] = head(row);
    buffer.writeUInt32BE(low, at + 4);
    return buffer.writeUInt32BE(high, at) + 12;
  };
  const scratch = Buffer.alloc(16);
  return {
    value: (row) => {
      writeBody(scratch, 0, row);
      const hex = scratch.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    maxBytes: 16,
    write: (buffer, at, row) => writeBody(buffer, buffer.writeInt32BE(16, at), row),
  };
}

type Head = readonly [high: number, low: number];

function randomHead(draws: RandomDraws): Head {
  return [draws.word(), ((draws.word() & 0xffff0fff) | 0x4000) >>> 0];
}

/** 48 bits of Unix milliseconds, the version, 12 random bits. */
function timeHead(draws: RandomDraws, time: number): Head {
  const ms = Math.floor((time + UNIX_TO_2000) / 1_000);
  return [Math.floor(ms / 65_536), (((ms % 65_536) << 16) | 0x7000 | (draws.word() & 0xfff)) >>> 0];
}

/** Microseconds from 1970 to 2000. */
const UNIX_TO_2000 = 10_957 * MICROSECONDS_PER_DAY;
