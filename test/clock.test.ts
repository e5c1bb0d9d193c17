import { expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { milliseconds } from '#rooms/units.js';

it('time never goes back', () => {
  const seen = Array.from({ length: 1_000 }, () => systemClock.now());
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
});

it('a sleep is over after its duration, not before', async () => {
  const began = systemClock.now();
  await systemClock.sleep(milliseconds(5));
  // Node rounds timers to whole milliseconds of its own clock.
  expect(systemClock.now() - began).toBeGreaterThanOrEqual(4);
});

it('a negative sleep is none', async () => {
  await expect(systemClock.sleep(milliseconds(-1))).resolves.toBeUndefined();
});

it('an aborted sleep rejects with the reason', async () => {
  const reason = new Error('interrupted');
  const stop = new AbortController();
  const sleep = systemClock.sleep(milliseconds(60_000), stop.signal);
  stop.abort(reason);
  await expect(sleep).rejects.toBe(reason);
});

it('wall time counts from 1970', () => {
  expect(new Date(systemClock.wallTime()).getFullYear()).toBeGreaterThanOrEqual(2024);
});
