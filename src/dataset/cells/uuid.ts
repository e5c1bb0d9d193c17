import type { RandomDraws } from '../../statistics/index.ts';
import { MICROSECONDS_PER_DAY } from '../calendar.ts';
import { Page, setInt32 } from '../page.ts';

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
  const writeBody = (page: Page, at: number, row: number): number => {
    // The first draw is the bijection: it goes where no bit is fixed.
    setInt32(page, at + 12, draws.at(row).word());
    setInt32(page, at + 8, (draws.word() & 0x3fffffff) | 0x80000000);
    if (version === 4) {
      setInt32(page, at, draws.word());
      setInt32(page, at + 4, (draws.word() & 0xffff0fff) | 0x4000);
    } else {
      // 48 bits of Unix milliseconds, the version, 12 random bits.
      const ms = Math.floor((from + (row / rows) * (to - from) + UNIX_TO_2000) / 1_000);
      setInt32(page, at, Math.floor(ms / 65_536));
      setInt32(page, at + 4, ((ms % 65_536) << 16) | 0x7000 | (draws.word() & 0xfff));
    }
    return at + 16;
  };
  const scratch = new Page(Buffer.alloc(16));
  return {
    value: (row) => {
      writeBody(scratch, 0, row);
      const hex = scratch.bytes.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    maxBytes: 16,
    write: (page, at, row) => writeBody(page, setInt32(page, at, 16), row),
    writeText: (page, at, row) => {
      writeBody(scratch, 0, row);
      return setHex(page, at, scratch);
    },
  };
}

const HEX = Buffer.from('0123456789abcdef', 'latin1');
const HYPHEN = 45;

/** With hyphens before bytes 4, 6, 8 and 10. */
function setHex({ view }: Page, at: number, source: Page): number {
  let end = at;
  for (let index = 0; index < 16; index++) {
    if (index >= 4 && index <= 10 && index % 2 === 0) view.setInt8(end++, HYPHEN);
    const byte = source.view.getUint8(index);
    view.setInt8(end++, HEX[byte >>> 4] ?? 0);
    view.setInt8(end++, HEX[byte & 15] ?? 0);
  }
  return end;
}

/** Microseconds from 1970 to 2000. */
const UNIX_TO_2000 = 10_957 * MICROSECONDS_PER_DAY;

/** A UUID that grows with the share: version 4 in its first 48 bits, version 7 in its time and the 12 bits after it. */
export function uuidText(
  version: 4 | 7,
  span: readonly [from: number, to: number],
  share: number,
  draws: RandomDraws,
): string {
  const place =
    version === 4 ? share * 2 ** 48 : (span[0] + share * (span[1] - span[0]) + UNIX_TO_2000) / 1_000;
  const head = Math.floor(place);
  const middle = version === 4 ? draws.word() & 0xfff : Math.floor((place - head) * 4_096);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const high = hex(head, 12);
  const variant = 0x8000 | (draws.word() & 0x3fff);
  return `${high.slice(0, 8)}-${high.slice(8)}-${version}${hex(middle, 3)}-${hex(variant, 4)}-${hex(draws.word(), 8)}${hex(draws.word() & 0xffff, 4)}`;
}
