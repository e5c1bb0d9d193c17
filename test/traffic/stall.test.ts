import { describe, expect, it } from 'vitest';

import { StallClock } from '#rooms/traffic/stall.js';
import { milliseconds as ms } from '#rooms/units.js';

type Event = ['due' | 'completed' | 'failed' | 'end', number];

function stalls(...events: Event[]): readonly (readonly [number, number])[] {
  const seen: [number, number][] = [];
  const clock = new StallClock(({ at, duration }) => seen.push([at, duration]));
  for (const [kind, at] of events) clock[kind](ms(at));
  return seen;
}

describe('a stall', () => {
  it('lasts from the first arrival to its completion', () => {
    expect(stalls(['due', 100], ['completed', 700])).toEqual([[100, 600]]);
  });

  it('begins anew with each completion while others are waiting', () => {
    expect(stalls(['due', 0], ['due', 10], ['completed', 100], ['completed', 400])).toEqual([
      [0, 100],
      [100, 300],
    ]);
  });

  it('is not made of time in which nothing was due', () => {
    expect(stalls(['due', 0], ['completed', 5], ['due', 9_000], ['completed', 9_005])).toEqual([
      [0, 5],
      [9_000, 5],
    ]);
  });

  it('goes on through failures: an application that gets only errors stands still', () => {
    expect(
      stalls(['due', 0], ['failed', 1], ['due', 10], ['failed', 11], ['due', 20], ['completed', 25]),
    ).toEqual([[0, 25]]);
  });

  it('that has not ended by the end of the run is reported all the same', () => {
    expect(stalls(['due', 100], ['due', 150], ['end', 5_000])).toEqual([[100, 4_900]]);
  });

  it('of failures alone ends with the last of them', () => {
    expect(stalls(['due', 100], ['failed', 200], ['due', 300], ['failed', 900], ['end', 5_000])).toEqual([
      [100, 800],
    ]);
  });

  it('there is none at the end where everything completed, or nothing was due', () => {
    expect(stalls(['due', 0], ['completed', 5], ['end', 5_000])).toEqual([[0, 5]]);
    expect(stalls(['end', 5_000])).toEqual([]);
  });
});
