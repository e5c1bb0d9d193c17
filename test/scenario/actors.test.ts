import { describe, expect, it } from 'vitest';

import { issues, scenario, SCENARIO } from './sources.ts';

const text = (actor: string): string => `${SCENARIO}actors:\n  nightly: ${actor}\n`;

describe('an actor', () => {
  it('of the migration phase is there a second before it', () => {
    expect(scenario(text('{ kind: report, query: SELECT 1, duration: 5s }')).actors).toMatchObject([
      {
        name: 'nightly',
        kind: 'report',
        query: 'SELECT 1',
        phase: 'migration',
        start: -1_000,
        duration: 5_000,
      },
    ]);
  });

  it('of another phase begins with it', () => {
    expect(
      scenario(text('{ kind: report, query: SELECT 1, duration: 5s, phase: recovery }')).actors,
    ).toMatchObject([{ phase: 'recovery', start: 0 }]);
  });

  it('begins when it is told to', () => {
    expect(
      scenario(text('{ kind: idle-in-transaction, query: SELECT 1, duration: 5s, start: 500ms }')).actors,
    ).toMatchObject([{ kind: 'idle-in-transaction', start: 500 }]);
  });

  it.each([
    [
      '{ kind: reprt, query: SELECT 1, duration: 5s }',
      'a.yaml:5: actors.nightly.kind: expected one of report, idle-in-transaction, found "reprt"\n    hint: did you mean "report"? known here: report, idle-in-transaction',
    ],
    [
      '{ kind: report, query: SELEC 1, duration: 5s }',
      'a.yaml:5: actors.nightly.query: not SQL: syntax error at or near "SELEC"',
    ],
    [
      '{ kind: report, query: SELECT 1; SELECT 2, duration: 5s }',
      'a.yaml:5: actors.nightly.query: expected one statement, found 2',
    ],
    [
      '{ kind: report, query: SELECT 1 }',
      'a.yaml:5: actors.nightly.duration: required, but missing (expected a duration such as 250ms, 2s or 5m)\n    hint: a duration: 250ms, 2s, 5m',
    ],
    [
      '{ kind: report, query: SELECT 1, duration: 5s, phase: warmup }',
      'a.yaml:5: actors.nightly.phase: expected one of baseline, migration, recovery, found "warmup"\n    hint: known here: baseline, migration, recovery',
    ],
    [
      '{ kind: report, query: SELECT 1, duration: 5s, start: -1 }',
      'a.yaml:5: actors.nightly.start: expected a time before or after, such as -2s or 500ms, found -1\n    hint: from the start of the phase',
    ],
  ])('can not be %s', (actor, reported) => {
    expect(issues(text(actor))).toEqual([reported]);
  });
});
