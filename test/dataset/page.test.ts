import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { constants, Page, setConstant, setDecimal, setInt64, setText, SLACK } from '#rooms/dataset/page.js';

const whole = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(0, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1e9, 1e18 / 1e3),
  );
const page = (): Page => new Page(Buffer.alloc(600));

describe('a page', () => {
  it('holds whole numbers as eight bytes', () => {
    fc.assert(
      fc.property(whole(), (value) => {
        const target = page();
        expect(setInt64(target, 3, value)).toBe(11);
        expect(target.bytes.readBigInt64BE(3)).toBe(BigInt(value));
      }),
    );
  });

  it('holds whole numbers as their digits', () => {
    fc.assert(
      fc.property(whole(), (value) => {
        const target = page();
        const end = setDecimal(target, 1, value);
        expect(target.bytes.toString('latin1', 1, end)).toBe(String(value));
      }),
    );
  });

  it('takes constants of every length one after another', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }), (pieces) => {
        const pool = constants(pieces.map((piece) => Buffer.from(piece)));
        const target = new Page(Buffer.alloc(1 + 3 * 200 + SLACK));
        let end = 1;
        for (const place of pieces.keys()) end = setConstant(target, end, pool, place);
        expect(target.bytes.subarray(1, end).equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });

  it('holds texts as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const target = page();
        const end = setText(target, 0, text);
        expect(target.bytes.toString('utf8', 0, end)).toBe(text);
      }),
    );
  });
});
