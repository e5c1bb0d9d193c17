import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exitCodeHelp, gravest } from '#rooms/cli/exit-codes.js';
import { EXIT_CODES } from '#rooms/errors.js';

const codes = fc.array(fc.constantFrom(...Object.values(EXIT_CODES)));

describe('the exit code of several scenarios', () => {
  it.each([
    ['nothing went wrong', [0, 0], 0],
    ['there was none', [], 0],
    ['a doubt outweighs a broken threshold', [99, 96, 0], 96],
    ['a failed migration outweighs a doubt', [96, 4], 4],
    ['a server that is gone outweighs a failed migration', [4, 3], 3],
    ['a bug outweighs all of them', [3, 1, 99], 1],
    ['an interruption ends everything', [1, 130], 130],
    ['traffic that the server refuses outweighs a pass', [0, 2], 2],
  ])('%s', (_, each, together) => {
    expect(gravest(each)).toBe(together);
  });

  it('is one of them, whatever their order, and passes only when all do', () => {
    fc.assert(
      fc.property(codes, (each) => {
        const together = gravest(each);
        expect([0, ...each]).toContain(together);
        expect(gravest(each.toReversed())).toBe(together);
        expect(together === 0).toBe(each.every((code) => code === 0));
      }),
    );
  });
});

describe('the help', () => {
  it('says what each exit code means, in their order', () => {
    const listed = exitCodeHelp.split('\n').slice(1);
    expect(listed.map((line) => Number(/^ +(\d+) {2}\w/.exec(line)?.[1]))).toEqual(Object.values(EXIT_CODES));
  });
});
