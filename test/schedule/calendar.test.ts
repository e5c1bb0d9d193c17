import { describe, expect, it } from 'vitest';

import { decide, isTimezone, nextOccurrence, patternMistake } from '#rooms/schedule/calendar.js';
import { milliseconds as ms } from '#rooms/units.js';

const NIGHTLY = { pattern: '30 2 * * *', timezone: 'Europe/Berlin' };
const HOUR = ms(3_600_000);
const at = (iso: string): number => Date.parse(iso);
const decided = (handled: string, now: string) => {
  const { due, missed } = decide(NIGHTLY, { handled: at(handled), now: at(now), startWithin: HOUR });
  const iso = (time: number): string => new Date(time).toISOString();
  return { due: due === undefined ? undefined : iso(due), missed: missed.map(iso) };
};

describe('what is due', () => {
  it('is nothing before its time, the occurrence from then on, and nothing once it was handled', () => {
    expect(decided('2026-11-01T12:00:00Z', '2026-11-02T01:29:59Z')).toEqual({ due: undefined, missed: [] });
    expect(decided('2026-11-01T12:00:00Z', '2026-11-02T01:30:00Z').due).toBe('2026-11-02T01:30:00.000Z');
    expect(decided('2026-11-02T01:30:00Z', '2026-11-02T01:31:00Z')).toEqual({ due: undefined, missed: [] });
  });

  it('is missed, not made up for, where it is too late for it', () => {
    expect(decided('2026-11-01T12:00:00Z', '2026-11-02T02:31:00Z')).toEqual({
      due: undefined,
      missed: ['2026-11-02T01:30:00.000Z'],
    });
  });

  it('is only the latest of several', () => {
    expect(decided('2026-11-01T12:00:00Z', '2026-11-04T01:40:00Z')).toEqual({
      due: '2026-11-04T01:30:00.000Z',
      missed: ['2026-11-02T01:30:00.000Z', '2026-11-03T01:30:00.000Z'],
    });
  });
});

describe('when the clocks change', () => {
  it('in spring a time that is left out comes once, when the clocks have been moved', () => {
    const next = nextOccurrence(NIGHTLY, at('2026-03-28T12:00:00Z'));
    expect(new Date(next!).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    expect(new Date(nextOccurrence(NIGHTLY, next!)!).toISOString()).toBe('2026-03-30T00:30:00.000Z');
  });

  it('in autumn a time that comes twice is due once', () => {
    const next = nextOccurrence(NIGHTLY, at('2026-10-24T12:00:00Z'));
    const after = nextOccurrence(NIGHTLY, next!);
    expect(after! - next!).toBeGreaterThan(23 * HOUR);
  });
});

it.each([
  ['30 2 * * *', undefined],
  ['0 0 30 2 *', '"0 0 30 2 *" is never due'],
  ['61 2 * * *', expect.stringContaining('is no cron expression') as string],
  ['nightly', expect.stringContaining('is no cron expression') as string],
])('the pattern %s', (pattern, mistake) => {
  expect(patternMistake(pattern)).toEqual(mistake);
});

it('time zones are those of IANA', () => {
  expect(['Europe/Berlin', 'UTC', 'Europe/Berlinn', ''].map(isTimezone)).toEqual([true, true, false, false]);
});
