import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ReportFile } from '#rooms/result/index.js';
import { ledger, type LedgerScenario } from './ledger.js';
import { emptyHome, newHome, only, startRehearsal, type Rehearsal, type TestHome } from './rehearsal.js';
import { processesAt, until } from './server.js';

/** Longer than any test lasts: what is interrupted would not have ended by itself. */
const LONG = '90s';
const WAITS_LONG = 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(90); COMMIT';

interface Moment {
  readonly stage: string;
  readonly signal: NodeJS.Signals;
  readonly scenario: Pick<LedgerScenario, 'migration' | 'phases'>;
  readonly says: RegExp;
  readonly measured: readonly string[];
}

const MOMENTS: readonly Moment[] = [
  {
    stage: 'warmup',
    signal: 'SIGINT',
    scenario: { migration: { sql: 'SELECT 1' }, phases: { warmup: LONG } },
    says: /warmup \d.* completed/,
    measured: ['warmup'],
  },
  {
    stage: 'baseline',
    signal: 'SIGTERM',
    scenario: { migration: { sql: 'SELECT 1' }, phases: { baseline: LONG } },
    says: /baseline \d.* completed/,
    measured: ['warmup', 'baseline'],
  },
  {
    stage: 'recovery',
    signal: 'SIGINT',
    scenario: { migration: { sql: 'SELECT 1' }, phases: { recovery: LONG } },
    says: /recovery \d.* completed/,
    measured: ['warmup', 'baseline', 'migration', 'recovery'],
  },
];

describe.concurrent('a signal to end', () => {
  it.each(MOMENTS)('in the $stage phase ($signal): what was measured by then is reported', async (moment) => {
    await using home = newHome();
    const run = startRehearsal(home, [ledger(home.files, moment.scenario)]);
    await run.says(moment.says);
    run.signal(moment.signal);
    const report = await interrupted(run, moment.stage);
    expect(report.phases.map(({ name }) => name)).toEqual(moment.measured);
    expect(completed(report, 'warmup')).toBeGreaterThan(0);
    expect(report.observer?.samples).toBeGreaterThan(0);
  });
});

describe.concurrent('Ctrl-C', () => {
  it('in a statement of the migration: the statement is cancelled and the rest is not run', async () => {
    await using home = newHome();
    const run = startRehearsal(home, [
      ledger(home.files, { migration: [{ sql: WAITS_LONG }, { sql: 'SELECT 1' }] }),
    ]);
    // As the observer sees it, and the next line of progress says.
    await run.says(/ [1-9]\d* waiting for locks/);
    run.signal('SIGINT');
    const report = await interrupted(run, 'migration');
    expect(report.phases.map(({ name }) => name)).toEqual(['warmup', 'baseline', 'migration']);
    const [first, second] = report.migration?.steps ?? [];
    expect([first?.outcome, second?.outcome]).toEqual(['interrupted', 'not-run']);
    expect(first?.statements.map(({ text }) => text)).toEqual(['LOCK TABLE accounts', 'SELECT pg_sleep(90)']);
    expect(report.lockWaits).toContainEqual(
      expect.objectContaining({
        waiter: expect.objectContaining({ kind: 'traffic' }) as unknown,
        root: expect.objectContaining({ kind: 'migration' }) as unknown,
      }),
    );
  });

  it('in a retry pause: the migration does not try again', async () => {
    await using home = newHome();
    const run = startRehearsal(home, [
      ledger(home.files, {
        migration: {
          sql: 'ALTER TABLE accounts ADD COLUMN x int',
          lock_timeout: '20ms',
          retries: { times: 9, backoff: LONG },
        },
        more: {
          actors: {
            clerk: { kind: 'idle-in-transaction', query: 'SELECT count(*) FROM accounts', duration: LONG },
          },
        },
      }),
    ]);
    await run.says(/trying again/);
    run.signal('SIGINT');
    const report = await interrupted(run, 'migration');
    expect(report.migration?.steps[0]).toMatchObject({
      outcome: 'interrupted',
      attempts: [{ sqlState: '55P03' }],
    });
    expect(report.actors).toMatchObject([{ name: 'clerk', outcome: 'stopped' }]);
  });

  it('while the dataset is being loaded: nothing half-loaded stays in the cache', async () => {
    await using home = emptyHome();
    const run = startRehearsal(home, [
      ledger(home.files, { migration: { sql: 'SELECT 1' }, entries: 20_000_000 }),
    ]);
    await until('rows are being loaded', () => isLoading(home));
    run.signal('SIGINT');
    const report = await interrupted(run, 'seeding');
    expect(report.dataset.fromCache).toBe(false);
    await nothingWhole(home);
  });

  it('while the connections of the traffic are being opened', async () => {
    await using home = newHome();
    const run = startRehearsal(home, [
      ledger(home.files, { migration: { sql: 'SELECT 1' }, traffic: { connections: 400 } }),
    ]);
    await until('some are open', () => processesAt(home.instances).length > 20);
    run.signal('SIGINT');
    await interrupted(run, 'starting');
  });

  it('twice: it ends at once, without a report, and the keeper cleans up', async () => {
    await using home = newHome();
    const stubborn = `trap '' TERM; echo running > ${join(home.files, 'mark')}; while true; do sleep 1; done`;
    const run = startRehearsal(home, [ledger(home.files, { migration: { command: stubborn } })]);
    await until('the command runs', () => existsSync(join(home.files, 'mark')));
    run.signal('SIGINT');
    await run.says(/once more to stop at once/);
    run.signal('SIGINT');
    const { exitCode, reports } = await run.reported();
    expect([exitCode, reports]).toEqual([130, []]);
    await until('the command is gone as well', () => processesAt(join(home.files, 'mark')).length === 0);
  });

  it('before anything was started is an ordinary end by a signal', async () => {
    await using home = newHome();
    const run = startRehearsal(home, [ledger(home.files, { migration: { sql: 'SELECT 1' } })]);
    run.signal('SIGINT');
    expect((await run.ended).exitCode).toBe(null);
  });

  it('ends a command that does not listen to it after a while', async () => {
    await using home = newHome();
    const stubborn = `trap '' TERM; echo running > ${join(home.files, 'mark')}; while true; do sleep 1; done`;
    const run = startRehearsal(home, [ledger(home.files, { migration: { command: stubborn } })]);
    await until('the command runs', () => existsSync(join(home.files, 'mark')));
    run.signal('SIGINT');
    await interrupted(run, 'migration');
    expect(processesAt(join(home.files, 'mark'))).toEqual([]);
  });
});

/** Its end, and what it reports. */
async function interrupted(run: Rehearsal, stage: string): Promise<ReportFile> {
  const rehearsed = await run.reported();
  const { report, summary } = only(rehearsed);
  expect(rehearsed.stderr).toContain('a partial report will be written');
  expect(report.outcome).toEqual({ kind: 'interrupted', during: stage });
  expect(report.judgement?.verdict).toMatchObject({ kind: 'interrupted', exitCode: 130 });
  expect(rehearsed.exitCode).toBe(130);
  expect(rehearsed.stdout).toMatch(/^INTERRUPTED/);
  expect(summary).toMatch(/interrupted/i);
  return report;
}

const completed = ({ transactions }: ReportFile, phase: string): number =>
  transactions.filter((row) => row.phase === phase).reduce((sum, row) => sum + row.completed, 0);

const isLoading = ({ path }: TestHome): boolean =>
  processesAt(join(path, 'datasets')).some(({ commandLine }) => commandLine.includes('COPY'));

/** What was finished stays for the next load, without a server. */
async function nothingWhole({ path }: TestHome): Promise<void> {
  const datasets = join(path, 'datasets');
  await until('the server is stopped', () => processesAt(datasets).length === 0);
  expect(readdirSync(datasets).filter((name) => !name.endsWith('.seeding'))).toEqual([]);
}
