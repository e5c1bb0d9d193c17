import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { TrafficRecording } from '#rooms/traffic/merge.js';

import { fates, play, RUNS } from './fates.ts';

describe('four workers together', () => {
  it('leave behind what one alone would, bucket by bucket', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const [one, four] = [play(history), play(history, 4)];
        expect(withoutOrder(four)).toEqual(withoutOrder(one));
      }),
      RUNS,
    );
  });
});

/** What belongs to the workers themselves is left out; lists that are in the order of hearing are sorted. */
function withoutOrder({ generator, pids, slow, errors, stalls, ...recording }: TrafficRecording) {
  const sorted = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).toSorted();
  expect(pids.length).toBe(generator.workers);
  return {
    ...recording,
    transactions: recording.transactions
      .toSorted((one, other) => `${one.phase} ${one.name}`.localeCompare(`${other.phase} ${other.name}`))
      .map((one) => rounded(one)),
    cells: sorted(recording.cells.map((cell) => rounded(cell))),
    errors: sorted(errors),
    slow: sorted(slow),
    stalls: sorted(stalls),
  };
}

/** Sums of doubles depend on their order in the last digit. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  );
