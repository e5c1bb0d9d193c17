import { describe, expect, it } from 'vitest';

import type { Actor } from '#rooms/plan/index.js';
import { Tally, type TurnSeen } from '#rooms/traffic/actors/tally.js';
import { instant, milliseconds } from '#rooms/units.js';

const ACTOR: Actor = {
  name: 'nightly',
  phase: 'migration',
  start: milliseconds(-1_000),
  period: milliseconds(100),
  location: { file: 'a.yaml', path: 'actors.nightly' },
  kind: 'report',
  query: 'SELECT 1',
  duration: milliseconds(50),
};

const turn = (began: number, ended: number, outcome: TurnSeen['outcome'], message?: string): TurnSeen => ({
  began: instant(began),
  ended: instant(ended),
  outcome,
  ...(message === undefined ? {} : { message }),
});

/** On a run that began at 5,000, with the first turn due at 6,000. */
function result(...turns: readonly TurnSeen[]) {
  const tally = new Tally();
  for (const one of turns) tally.add(one);
  return tally.result(ACTOR, instant(6_000), instant(5_000));
}

describe('what became of an actor', () => {
  it('counts from its first turn to the end of its last', () => {
    expect(result(turn(6_001, 6_050, 'finished'), turn(6_100, 6_155, 'finished'))).toEqual({
      name: 'nightly',
      kind: 'report',
      phase: 'migration',
      start: -1_000,
      startedAt: 1_001,
      duration: 154,
      turns: 2,
      failedTurns: 0,
      outcome: 'finished',
    });
  });

  it('says that the end of the run cut the last turn', () => {
    expect(result(turn(6_001, 6_050, 'finished'), turn(6_100, 6_120, 'stopped'))).toMatchObject({
      turns: 1,
      outcome: 'stopped',
    });
  });

  it('is a failure where a turn failed, with the first message', () => {
    expect(
      result(
        turn(6_001, 6_002, 'finished'),
        turn(6_100, 6_101, 'failed', 'no such table'),
        turn(6_200, 6_201, 'failed', 'no such column'),
        turn(6_300, 6_310, 'stopped'),
      ),
    ).toMatchObject({ turns: 1, failedTurns: 2, outcome: 'failed', message: 'no such table', duration: 309 });
  });

  it('is nothing where it never came', () => {
    expect(result()).toMatchObject({
      startedAt: 1_000,
      duration: 0,
      turns: 0,
      failedTurns: 0,
      outcome: 'stopped',
      message: 'the run ended before its time came',
    });
  });
});
