import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger, type LedgerScenario } from './ledger.js';
import { command, emptyHome, newHome, only, rehearse, type TestHome } from './rehearsal.js';
import { rehearsedTogether } from './together.js';

async function rehearsed(home: TestHome, scenario: LedgerScenario) {
  const run = await rehearse(home, [ledger(home.files, scenario)]);
  const { report } = only(run);
  const failure = report.outcome.kind === 'failed' ? report.outcome.failure : undefined;
  return { ...run, report, failure };
}

describe.concurrent('the environment', () => {
  it('settings that the server does not know, or whose values it does not take: named, with a report', async () => {
    await using home = newHome();
    const refused = (settings: unknown) => ({ migration: { sql: 'SELECT 1' }, more: { settings } });
    const told = await rehearsedTogether(home, {
      no_such_setting: refused({ no_such_setting: 'on' }),
      shared_buffers: refused({ shared_buffers: 'lots' }),
    });
    for (const [named, { exitCode, report, stdout }] of Object.entries(told)) {
      expect(exitCode).toBe(2);
      expect(report.outcome).toMatchObject({
        kind: 'failed',
        failure: { message: expect.stringMatching(`"${named}"`) as string },
      });
      expect(stdout).toContain(`"${named}"`);
    }
  });

  it('a place that is not a server: exit code 2, and no home full of rubbish', async () => {
    await using home = newHome();
    const run = await rehearse(home, [
      ledger(home.files, { migration: { sql: 'SELECT 1' } }),
      '--pg-bin',
      '/no/such/bin',
    ]);
    expect(run.exitCode).toBe(2);
    expect(run.stdout + run.stderr).toContain('/no/such/bin');
  });

  it('data that the schema refuses: exit code 3, with table and reason', async () => {
    await using home = emptyHome();
    const path = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const schema = join(home.files, 'ledger.sql');
    writeFileSync(schema, `${readFileSync(schema, 'utf8')}\nALTER TABLE entries ADD CHECK (amount > 1e9);`);
    const run = await rehearse(home, [path]);
    expect(run.exitCode).toBe(3);
    expect(only(run).report.outcome).toMatchObject({
      kind: 'failed',
      during: 'seeding',
      failure: { code: 'seed.failed', message: expect.stringContaining('entries') as string },
    });
    expect(run.stdout).toContain('23514');
    expect(readdirSync(join(home.path, 'datasets'))).toEqual([]);
  });

  it('traffic that the server refuses: exit code 2, with file and line', async () => {
    await using home = newHome();
    const { exitCode, stdout } = await rehearsed(home, {
      traffic: {
        mix: { one: 1, two: 1 },
        transactions: {
          one: { query: 'SELECT nothing FROM accounts' },
          two: { query: 'SELECT 1 FROM nowhere' },
        },
      },
      migration: { sql: 'SELECT 1' },
    });
    expect(exitCode).toBe(2);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toMatch(
      /rehearsal\.yaml:\d+: traffic\.transactions\.one\.query: .*"nothing" does not exist/,
    );
    expect(said).toMatch(
      /rehearsal\.yaml:\d+: traffic\.transactions\.two\.query: .*"nowhere" does not exist/,
    );
  });

  it('a folder for reports that can not be made: exit code 3, before anything is run', async () => {
    await using home = newHome();
    const path = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const run = await command(['run', path, '--out', join(path, 'reports')], { home });
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain('--out names another folder');
  });
});

describe('a measurement that can not be believed', () => {
  const SCENARIOS = {
    'too few samples': { migration: { sql: 'SELECT 1' }, traffic: { rate: '20/s' }, more: { validity: {} } },
    'a rule that can not hold': {
      migration: { sql: 'SELECT 1' },
      more: { validity: { event_loop_utilization: 'max < 0.000001' } },
    },
    'no data for a threshold': {
      migration: { sql: 'SELECT 1' },
      more: { thresholds: { 'response_time{transaction:book_entry}': 'p(99) < 1h' } },
      traffic: { mix: { read_balance: 1_000_000, book_entry: 1 } },
    },
  };

  it('ends with exit code 96, never a pass, and says why', async () => {
    await using home = newHome();
    const told = await rehearsedTogether(home, SCENARIOS);
    const reasons = {
      'too few samples': /arrivals|samples/,
      'a rule that can not hold': /event loop/,
      'no data for a threshold': /book_entry/,
    };
    for (const [name, reason] of Object.entries(reasons)) {
      const { exitCode, report, stdout } = told[name as keyof typeof reasons];
      expect(exitCode, stdout).toBe(96);
      expect(report.judgement?.verdict.kind).toBe('invalid');
      expect(report.judgement?.verdict.reasons.join('\n')).toMatch(reason);
      expect(stdout).toMatch(/^INVALID/);
    }
  });
});
