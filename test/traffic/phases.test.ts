import { describe, expect, it } from 'vitest';

import { PhaseClock } from '#rooms/traffic/phases.js';
import { milliseconds as ms } from '#rooms/units.js';

const clock = () =>
  new PhaseClock([
    { phase: 'warmup', at: ms(0) },
    { phase: 'baseline', at: ms(3_000) },
    { phase: 'migration', at: ms(13_000) },
  ]);

describe('a moment', () => {
  it.each([
    [0, 'warmup'],
    [2_999, 'warmup'],
    [3_000, 'baseline'],
    [13_000, 'migration'],
    [1e9, 'migration'],
    [-1, 'warmup'],
  ])('%i belongs to %s', (at, phase) => {
    expect(clock().of(ms(at))).toBe(phase);
  });

  it('belongs to a phase that became known while the run went on', () => {
    const phases = clock();
    phases.begin({ phase: 'recovery', at: ms(20_000) });
    expect([phases.of(ms(19_999)), phases.of(ms(20_000))]).toEqual(['migration', 'recovery']);
  });
});

it('an idle time counts for each phase with what lies in it', () => {
  const phases = clock();
  phases.idle({ at: ms(2_900), duration: ms(10_500) });
  phases.idle({ at: ms(13_500), duration: ms(200) });
  expect(phases.results(ms(20_000)).map(({ longestIdle }) => longestIdle)).toEqual([100, 10_000, 400]);
});

describe('the phases of a run', () => {
  it('follow each other without a gap, with the longest stall and idle time of each', () => {
    const phases = clock();
    phases.stall({ at: ms(4_000), duration: ms(20) });
    phases.stall({ at: ms(5_000), duration: ms(90) });
    phases.stall({ at: ms(6_000), duration: ms(30) });
    phases.stall({ at: ms(14_000), duration: ms(6_800) });
    phases.idle({ at: ms(7_000), duration: ms(700) });
    expect(phases.results(ms(21_000))).toEqual([
      { name: 'warmup', startedAt: 0, duration: 3_000, longestStall: 0, longestStallAt: 0, longestIdle: 0 },
      {
        name: 'baseline',
        startedAt: 3_000,
        duration: 10_000,
        longestStall: 90,
        longestStallAt: 5_000,
        longestIdle: 700,
      },
      {
        name: 'migration',
        startedAt: 13_000,
        duration: 8_000,
        longestStall: 6_800,
        longestStallAt: 14_000,
        longestIdle: 0,
      },
    ]);
  });

  it('are only those that had begun when the run ended', () => {
    expect(
      clock()
        .results(ms(7_000))
        .map(({ name, duration }) => [name, duration]),
    ).toEqual([
      ['warmup', 3_000],
      ['baseline', 4_000],
    ]);
  });
});
