import { expect, it } from 'vitest';

import { observerNotes } from '#rooms/report/observer-notes.js';
import type { ObserverResult } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { asReport, resultOf } from '../result/sample.ts';

const QUIET: ObserverResult = {
  interval: ms(50),
  samples: 100,
  longestGap: ms(60),
  gaps: [],
  deadlockTimeout: ms(100),
  missing: [],
  lockWaits: { seen: 0, exact: 0, attributed: 0 },
};

const said = (changes: Partial<ObserverResult>) =>
  observerNotes(asReport(resultOf({ observer: { ...QUIET, ...changes } })));

it('nothing is said where nobody waited and nothing was missed', () => {
  expect(said({})).toEqual([]);
  expect(said({ slowedTo: ms(90) })).toEqual([]);
});

it('lock waits are counted, with those whose root is known, and how they were timed', () => {
  expect(said({ lockWaits: { seen: 1_234, exact: 1_000, attributed: 1_230 } })).toEqual([
    '1,234 lock waits, 1,230 attributed to the session at the root; 1,000 of them timed by the server (deadlock_timeout 100 ms)',
  ]);
  expect(said({ lockWaits: { seen: 1, exact: 0, attributed: 1 }, deadlockTimeout: ms(1_000) })).toEqual([
    '1 lock wait, 1 attributed to the session at the root; all of them sampled every 50 ms',
  ]);
});

it('what was not seen is said: gaps, rare looks, and what the server did not show', () => {
  const gaps = [
    { startedAt: ms(3_100), duration: ms(1_200) },
    { startedAt: ms(9_000), duration: ms(80) },
  ];
  expect(said({ gaps, slowedTo: ms(400), missing: ['no log'] })).toEqual([
    'the observer lost its connection: locks were not watched for 1.2 s from 3.1 s on, for 80 ms from 9 s on',
    'locks were looked at every 400 ms at times, not every 50 ms: one look took 100 ms',
    'no log',
  ]);
});
