import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  after,
  bytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  instant,
  milliseconds as ms,
  parseDuration,
  parseNumber,
  parseRate,
  parseSize,
  perSecond,
  since,
} from '#rooms/units.js';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['2s', 2_000],
    ['1.5m', 90_000],
    ['2min', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['500us', 0.5],
    ['500µs', 0.5],
    ['1_000ms', 1_000],
    [' 3 s ', 3_000],
  ])('%s is read', (text, value) => {
    expect(parseDuration(text)).toBe(value);
  });

  it.each(['', '5', 's', '5 parsecs', '-5s', '1.2.3s', '1__0s', '_1s', '5S', '1e3s', 'constructors'])(
    '%j is refused, with what was expected and what was found',
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        `expected a duration such as 250ms, 2s or 5m, found "${text}"`,
      );
    },
  );

  it.each([
    [0, '0 ms'],
    [0.306, '0.31 ms'],
    [4.24, '4.2 ms'],
    [9.99, '10 ms'],
    [45.4, '45 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [6_900, '6.9 s'],
    [6_904, '6.9 s'],
    [12_340, '12.3 s'],
    [99_960, '1 min 40 s'],
    [125_000, '2 min 5 s'],
    [7_199_600, '2 h 0 min'],
    [-1_000, '-1 s'],
  ])('%d ms is shown as %s', (value, shown) => {
    expect(formatDuration(ms(value))).toBe(shown);
  });

  it('is shown true to five percent, and in the right order', () => {
    const length = (shown: string): number => parseDuration(shown.replace(' ', ''));
    const upTo = fc.double({ min: 1, max: 99_000, noNaN: true });
    fc.assert(
      fc.property(upTo, upTo, (one, other) => {
        const [short, long] = one < other ? [one, other] : [other, one];
        expect(length(formatDuration(ms(short)))).toBeLessThanOrEqual(length(formatDuration(ms(long))));
        expect(Math.abs(length(formatDuration(ms(long))) / long - 1)).toBeLessThan(0.05);
      }),
    );
  });
});

describe('a rate', () => {
  it.each([
    ['400/s', 400],
    ['30/m', 0.5],
    ['30/min', 0.5],
    ['7200 / h', 2],
    ['0.5/s', 0.5],
  ])('%s is read', (text, value) => {
    expect(parseRate(text)).toBeCloseTo(value, 12);
  });

  it.each(['400', '400s', '/s', '400/', '400/d'])('%j is refused', (text) => {
    expect(() => parseRate(text)).toThrow(/expected a rate such as 400\/s or 30\/m, found/);
  });

  it.each([
    [400, '400/s'],
    [0.5, '0.5/s'],
    [12.6, '13/s'],
  ])('%d is shown as %s', (value, shown) => {
    expect(formatRate(perSecond(value))).toBe(shown);
  });
});

describe('a size', () => {
  it.each([
    ['64MB', 64 * 1024 ** 2],
    ['8kB', 8_192],
    ['512B', 512],
    ['1.5GB', 1.5 * 1024 ** 3],
    ['2TB', 2 * 1024 ** 4],
  ])('%s is read in powers of 1024', (text, value) => {
    expect(parseSize(text)).toBe(value);
  });

  it.each(['64', '64M', 'MB', '64 mb'])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow(/expected a size such as 64MB or 8kB, found/);
  });

  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [8_192, '8 kB'],
    [1.5 * 1024 ** 2, '1.5 MB'],
    [212 * 1024 ** 2, '212 MB'],
    [3 * 1024 ** 4, '3 TB'],
  ])('%d bytes are shown as %s', (value, shown) => {
    expect(formatSize(bytes(value))).toBe(shown);
  });
});

describe('a number', () => {
  it.each([
    ['10_000_000', 10_000_000],
    ['0.05', 0.05],
    ['-3', -3],
    ['1_0.5_0', 10.5],
  ])('%s is read', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '1_', '_1', '1__0', '.5', '1e3', 'x', '0x10', ' 1'])('%j is none', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it('is grouped by thousands, so that it reads back without its commas', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (value) => {
        expect(formatCount(value)).toMatch(/^-?\d{1,3}(,\d{3})*$/);
        expect(Number(formatCount(value).replaceAll(',', ''))).toBe(value);
      }),
    );
  });
});

it.each([
  [0, '0 %'],
  [0.001, '0.1 %'],
  [0.00012, '0.012 %'],
  [0.424, '42.4 %'],
  [1, '100 %'],
])('the share %d is shown as %s', (share, shown) => {
  expect(formatPercent(share)).toBe(shown);
});

it('the time since a moment, added to it, gives the later moment', () => {
  const point = fc.integer({ min: 0, max: 2 ** 40 }).map(instant);
  fc.assert(
    fc.property(point, point, (one, other) => {
      expect(after(one, since(one, other))).toBe(other);
    }),
  );
});
