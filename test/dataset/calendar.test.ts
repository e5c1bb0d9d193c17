import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDate, formatInterval, formatTimestamp, parseTimestamp } from '#rooms/dataset/calendar.js';
import { parseMoment, parseSpan } from '#rooms/dataset/spec/moment.js';

describe('times', () => {
  it('are read back from what is printed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -30 * 365 * 86_400, max: 200 * 365 * 86_400 }),
        fc.integer({ min: 0, max: 999_999 }),
        (seconds, fraction) => {
          const time = seconds * 1_000_000 + fraction;
          expect(parseTimestamp(formatTimestamp(time))).toBe(time);
          expect(parseTimestamp(`${formatTimestamp(time)}+00`)).toBe(time);
        },
      ),
    );
  });

  it.each([
    ['2000-01-01', 0],
    ['2000-01-02T00:00:00Z', 86_400_000_000],
    ['2000-01-01 01:00:00+01', 0],
    ['1999-12-31 23:59:59.5', -500_000],
    ['2000-01-01 00:00-05:30', 19_800_000_000],
  ])('count microseconds since 2000: %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each(['2025-02-29', '2025-13-01', 'soon', '2025-1-1'])('that are none are refused: %s', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it('are printed as PostgreSQL prints them', () => {
    expect(formatDate(-1)).toBe('1999-12-31');
    expect(formatTimestamp(1_500_000)).toBe('2000-01-01 00:00:01.5');
    expect([0, 86_400_000_000, 180_000_000_001].map(formatInterval)).toEqual([
      '00:00:00',
      '1 day',
      '2 days 02:00:00.000001',
    ]);
  });
});

describe('moments', () => {
  const refDate = parseTimestamp('2025-01-01') ?? 0;

  it('stand before or after the reference date', () => {
    expect(parseMoment('ref_date', refDate)).toBe(refDate);
    expect(parseMoment('-1d', refDate)).toBe(parseTimestamp('2024-12-31'));
    expect(parseMoment('+12h', refDate)).toBe(parseTimestamp('2025-01-01T12:00'));
    expect(parseMoment('2024-06-01', refDate)).toBe(parseTimestamp('2024-06-01'));
    expect(parseMoment('-1 fortnight', refDate)).toBeUndefined();
  });

  it('are measured in spans', () => {
    expect(['1us', '2s', '1.5m', '1d', '1w'].map(parseSpan)).toEqual([1, 2e6, 90e6, 86_400e6, 604_800e6]);
    expect(parseSpan('5')).toBeUndefined();
  });
});
