import { describe, expect, it } from 'vitest';

import { LoadClock } from '#rooms/traffic/load-clock.js';
import { milliseconds as ms } from '#rooms/units.js';

type Event = ['due' | 'completed' | 'failed' | 'end', number];

/** `workers` take the events in turn; what each of them reports, in one list. */
function seen(events: readonly Event[], workers = 1) {
  const memory = LoadClock.memory();
  const stalls: [number, number][] = [];
  const idle: [number, number][] = [];
  const clocks = Array.from(
    { length: workers },
    () =>
      new LoadClock(memory, {
        stall: ({ at, duration }) => stalls.push([at, duration]),
        idle: ({ at, duration }) => idle.push([at, duration]),
      }),
  );
  events.forEach(([kind, at], index) => clocks[index % workers]![kind](ms(at)));
  return { stalls, idle };
}

const stalls = (...events: Event[]) => seen(events).stalls;
const idle = (...events: Event[]) => seen(events).idle;

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

describe('an idle time', () => {
  it('is one in which nothing was due or running, from the start of the run to its end', () => {
    const events: Event[] = [
      ['due', 100],
      ['due', 150],
      ['completed', 200],
      ['failed', 300],
      ['due', 2_300],
      ['completed', 2_310],
      ['end', 3_000],
    ];
    expect(idle(...events)).toEqual([
      [0, 100],
      [300, 2_000],
      [2_310, 690],
    ]);
  });

  it('there is none where an arrival never ends', () => {
    expect(idle(['due', 0], ['end', 60_000])).toEqual([]);
  });
});

it('several workers see together what one alone sees', () => {
  const events: Event[] = [
    ['due', 10],
    ['due', 20],
    ['completed', 700],
    ['failed', 900],
    ['due', 4_000],
    ['failed', 4_100],
    ['due', 4_200],
    ['completed', 4_300],
    ['due', 4_400],
    ['end', 9_000],
  ];
  expect(seen(events, 4)).toEqual(seen(events));
});
