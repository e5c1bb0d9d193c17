import { describe, expect, it } from 'vitest';

import type { Clock } from '#rooms/clock.js';
import { loadReporter, type SeedProgress } from '#rooms/seed/progress.js';
import { instant } from '#rooms/units.js';

/** A clock that stands where it is put. */
function handClock(): Clock & { at: number } {
  const clock = { at: 0, now: () => instant(clock.at), wallTime: () => 0, sleep: () => Promise.resolve() };
  return clock;
}

const NARROW = { display: 'narrow', rows: 1_000, bytesPerRow: 50 };
const WIDE = { display: 'wide', rows: 1_000, bytesPerRow: 150 };

function reporting() {
  const told: SeedProgress[] = [];
  const clock = handClock();
  return { told, clock, reporter: loadReporter([NARROW, WIDE], clock, (progress) => told.push(progress)) };
}

describe('progress of loading', () => {
  it('counts rows over all tables and estimates the rest by bytes', () => {
    const { told, clock, reporter } = reporting();
    reporter.report(NARROW, 0);
    clock.at = 2_000;
    reporter.finish(NARROW);
    reporter.report(WIDE, 0);
    // A quarter of the bytes took 2 s.
    expect(told.at(-1)).toEqual({
      kind: 'loading',
      table: 'wide',
      rows: 0,
      of: 1_000,
      totalRows: 1_000,
      totalOf: 2_000,
      rate: 500,
      remaining: 6_000,
    });
  });

  it('says nothing of the rest before a second has passed', () => {
    const { told, clock, reporter } = reporting();
    clock.at = 500;
    reporter.report(NARROW, 900);
    expect(told).toMatchObject([{ rows: 900, remaining: undefined }]);
  });

  it('is told at most ten times a second, but at every beginning', () => {
    const { told, clock, reporter } = reporting();
    reporter.report(NARROW, 0);
    for (clock.at = 1; clock.at <= 1_000; clock.at++) reporter.report(NARROW, clock.at);
    expect(told).toHaveLength(11);
    reporter.finish(NARROW);
    reporter.report(WIDE, 0);
    expect(told).toHaveLength(12);
  });
});
