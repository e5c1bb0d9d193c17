import { after, milliseconds, since, type Instant, type Milliseconds } from '../../units.ts';

/** Turns begin every `period` from the first one on. */
export interface Rhythm {
  readonly first: Instant;
  readonly period: Milliseconds;
}

/** The beginning after `last` that has not gone by at `now`: there are never two turns at once, and none is made up for. */
export function nextTurn({ first, period }: Rhythm, last: Instant, now: Instant): Instant {
  const following = Math.round(since(first, last) / period) + 1;
  const notMissed = Math.ceil(since(first, now) / period);
  return after(first, milliseconds(period * Math.max(following, notMissed)));
}
