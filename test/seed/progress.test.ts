import { describe, expect, it } from 'vitest';

import type { Clock } from '#rooms/clock.js';
import { rowCounter, workReporter, type SeedProgress } from '#rooms/seed/progress.js';
import { instant } from '#rooms/units.js';

/** A clock that stands where it is put. */
function handClock(): Clock & { at: number } {
  const clock = { at: 0, now: () => instant(clock.at), wallTime: () => 0, sleep: () => Promise.resolve() };
  return clock;
}

const NARROW = { name: 'narrow', table: 'narrow', rows: 1_000 };
const WIDE = { name: 'wide', table: 'wide', rows: 1_000 };

function reporting() {
  const told: SeedProgress[] = [];
  const clock = handClock();
  const reporter = workReporter(clock, (progress) => told.push(progress));
  reporter.plan([
    { name: 'narrow', cost: 50 },
    { name: 'wide', cost: 150 },
    { name: 'index', cost: 200 },
  ]);
  return { told, clock, reporter, counter: rowCounter([NARROW, WIDE], clock, reporter) };
}

describe('progress of a load', () => {
  it('is one share over rows, indexes and all other work', () => {
    const { told, clock, reporter, counter } = reporting();
    counter.start('narrow');
    clock.at = 2_000;
    counter.sent(NARROW, 1_000);
    counter.sent(WIDE, 500);
    clock.at = 3_000;
    counter.start('wide');
    // 50 + 75 of 400 took 3 s.
    expect(told.at(-1)).toEqual({
      kind: 'loading',
      table: 'wide',
      rows: 500,
      of: 1_000,
      totalRows: 1_500,
      totalOf: 2_000,
      rate: 500,
      share: 0.3125,
      remaining: 6_600,
    });
    reporter.reached('index', 0.5);
    reporter.tell({ kind: 'indexing', name: 'index', n: 1, of: 1 }, false);
    expect(told.at(-1)).toMatchObject({ kind: 'indexing', share: 0.5625 });
  });

  it('never goes back', () => {
    const { told, reporter } = reporting();
    for (const share of [0.5, 0.2, 0.9]) {
      reporter.reached('index', share);
      reporter.tell({ kind: 'indexing', name: 'index', n: 1, of: 1 }, true);
    }
    expect(told.map(({ share }) => share)).toEqual([0.25, 0.25, 0.45]);
  });

  it('says nothing of the rest before a second has passed', () => {
    const { told, clock, counter } = reporting();
    clock.at = 500;
    counter.sent(NARROW, 900);
    expect(told).toMatchObject([{ rows: 900, remaining: undefined }]);
  });

  it('is told at most ten times a second, but at every beginning', () => {
    const { told, clock, counter } = reporting();
    counter.start('narrow');
    for (clock.at = 1; clock.at <= 1_000; clock.at++) counter.sent(NARROW, clock.at);
    expect(told).toHaveLength(11);
    counter.start('wide');
    expect(told).toHaveLength(12);
  });
});
