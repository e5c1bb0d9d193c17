import { describe, expect, it } from 'vitest';

import { Fold, type Sample } from '#rooms/observer/index.js';
import { milliseconds } from '#rooms/units.js';

const REPORT = 1;
const CHANGE = 2;
const READER = 3;

const session = (pid: number, kind: 'actor' | 'migration' | 'traffic') =>
  [pid, { pid, kind, name: kind, query: '' }] as const;

/** `waiting`: who waits, for whom, since when. */
function sample(
  at: number,
  waiting: readonly (readonly [pid: number, blocker: number, since: number])[],
): Sample {
  return {
    at: milliseconds(at),
    step: 0,
    locks: [],
    builds: [],
    sessions: new Map([session(REPORT, 'actor'), session(CHANGE, 'migration'), session(READER, 'traffic')]),
    waits: waiting.map(([pid, blocker, since]) => ({
      pid,
      lockType: 'relation',
      relation: 'orders',
      mode: 'AccessShareLock',
      since: milliseconds(since),
      serverStart: since,
      blockers: [blocker],
    })),
  };
}

/** The change waits for the report for 900 ms, the reader for the change; then the change has its lock for an instant. */
const STORY = [
  sample(100, [
    [CHANGE, REPORT, 50],
    [READER, CHANGE, 80],
  ]),
  sample(900, [
    [CHANGE, REPORT, 50],
    [READER, CHANGE, 80],
  ]),
  sample(960, [[READER, CHANGE, 80]]),
  sample(1_000, []),
];

function folded() {
  const fold = new Fold();
  for (const one of STORY) fold.add(one);
  return fold.result();
}

describe('a wait whose root changes', () => {
  it('is blamed on who stood at the end of the chain for most of the time', () => {
    const wait = folded().lockWaits.find(({ waiter }) => waiter.pid === READER);
    expect(wait).toMatchObject({
      root: { kind: 'actor' },
      blockers: [{ pid: CHANGE }],
      startedAt: 80,
      duration: 900,
    });
  });

  it('belongs to the pile-up of each of them for its own part only', () => {
    const spans = folded().chains.map(({ root, startedAt, duration }) => [root.kind, startedAt, duration]);
    expect(spans).toEqual([
      ['actor', 50, 880],
      ['migration', 930, 50],
    ]);
  });
});
