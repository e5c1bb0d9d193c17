import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nextTurn } from '#rooms/traffic/actors/next-turn.js';
import { instant, milliseconds } from '#rooms/units.js';

const next = (last: number, now: number) =>
  nextTurn({ first: instant(100), period: milliseconds(50) }, instant(last), instant(now));

describe('the next turn', () => {
  it.each([
    ['a period after the last one', 100, 120, 150],
    ['at once where the last one took a whole period', 150, 200, 200],
    ['at the next beginning where some have gone by', 150, 251, 300],
    ['not the same again where the last one took no time', 150, 150, 200],
  ])('begins %s', (_, last, now, at) => {
    expect(next(last, now)).toBe(at);
  });

  it('is always one of the beginnings, after the last one, and the first that has not gone by', () => {
    const whole = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(whole, whole, fc.nat(1_000), fc.nat(10_000_000), (first, period, turn, taken) => {
        const last = first + period * turn;
        const rhythm = { first: instant(first), period: milliseconds(period) };
        const at = nextTurn(rhythm, instant(last), instant(last + taken));
        expect((at - first) % period).toBe(0);
        expect(at).toBeGreaterThan(last);
        expect(at).toBeGreaterThanOrEqual(last + taken);
        expect(at - period === last || at - period < last + taken).toBe(true);
      }),
    );
  });
});
