import { describe, expect, it } from 'vitest';

import { ledger, READ_ONLY } from './ledger.js';
import { newHome, only, rehearse } from './rehearsal.js';

describe('a rehearsal', () => {
  it('has its actors, and says what became of them', async () => {
    await using testHome = newHome();
    const scenario = ledger(testHome.files, {
      traffic: READ_ONLY,
      migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' },
      more: {
        actors: {
          backup: { kind: 'dump', start: '-500ms', duration: '2s' },
          purge: {
            kind: 'batch',
            phase: 'baseline',
            query: 'DELETE FROM entries WHERE id IN (SELECT id FROM entries LIMIT 500)',
            pause: '5ms',
          },
          janitor: { kind: 'vacuum', table: 'entries', analyze: true, start: '-400ms', period: '200ms' },
          latecomer: { kind: 'analyze', start: '10m' },
        },
      },
    });
    const { exitCode, stdout, ...rest } = await rehearse(testHome, [scenario]);
    const { report } = only({ exitCode, stdout, ...rest });
    const became = Object.fromEntries(report.actors.map((actor) => [actor.name, actor]));
    expect(exitCode, stdout).toBe(0);
    expect(became['backup']).toMatchObject({
      kind: 'dump',
      start: -500,
      outcome: 'finished',
      turns: 1,
      failedTurns: 0,
    });
    expect(became['purge']).toMatchObject({
      kind: 'batch',
      phase: 'baseline',
      outcome: 'finished',
      turns: 1,
      failedTurns: 0,
    });
    expect(became['janitor']).toMatchObject({ kind: 'vacuum', failedTurns: 0 });
    expect(became['janitor']!.turns).toBeGreaterThanOrEqual(2);
    expect(became['latecomer']).toMatchObject({ outcome: 'stopped', turns: 0, failedTurns: 0 });
    // The change waits for the dump, and the dump is named.
    const statement = report.migration!.steps[0]!.statements[0]!;
    expect(statement.locks[0]).toMatchObject({ relation: 'accounts', mode: 'AccessExclusiveLock' });
    expect(report.blockingChains.map(({ root }) => `${root.kind} ${root.name}`)).toContain('actor backup');
  });
});
