import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReportFile } from '#rooms/result/index.js';
import { ledger, READ_ONLY, type LedgerScenario } from './ledger.js';
import { MOMENTS, runIn, type Moment } from './moments.js';
import { emptyHome, newHome, only, rehearse, startRehearsal, type TestHome } from './rehearsal.js';
import { processesAt } from './server.js';
import { NO_SMALL_DISK, smallDisk } from './small-disk.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

async function rehearsed(home: TestHome, scenario: LedgerScenario) {
  const run = await rehearse(home, [ledger(home.files, scenario)]);
  return { ...run, ...only(run) };
}

const failuresOf = ({ outcome }: ReportFile) => (outcome.kind === 'failed' ? outcome.failure : undefined);
const completed = ({ transactions }: ReportFile, phase: string): number =>
  transactions.filter((row) => row.phase === phase).reduce((sum, row) => sum + row.completed, 0);

/** Kills one of its processes; then the server ends all others and comes back by itself (manual, 19.5). */
async function crashIn(moment: Moment) {
  const { run, home } = await runIn(moment);
  await using end = home;
  const places = [end.instances, join(end.path, 'datasets')].flatMap((place) => processesAt(place));
  const writer = places.find(({ commandLine }) => commandLine.includes('background writer'));
  process.kill(writer!.pid, 'SIGKILL');
  const ended = await run.reported();
  return { ...ended, ...only(ended) };
}

/** Long enough to come back in. */
const inPhase = (phase: 'baseline' | 'recovery'): Moment => ({
  ...MOMENTS[phase],
  scenario: {
    traffic: WORKING_TRAFFIC,
    migration: { sql: 'SELECT 1' },
    phases: { [phase]: '8s' },
  },
});

describe.concurrent('one of the server’s processes dies, and the server comes back by itself', () => {
  it.each(['baseline', 'recovery'] as const)(
    'during %s: the run goes on and counts what was lost',
    async (phase) => {
      const { exitCode, report, stdout } = await crashIn(inPhase(phase));
      expect(exitCode, stdout).toBe(99);
      expect(report.outcome).toEqual({ kind: 'completed' });
      expect(report.generator?.connectionsLost).toBeGreaterThanOrEqual(6);
      expect(report.generator?.reconnects).toBeGreaterThan(0);
      expect(report.errors.every((error) => error.class === 'connection')).toBe(true);
      expect(report.observer?.gaps).toHaveLength(1);
    },
  );

  it('during the migration: its step failed', async () => {
    const { exitCode, report, stdout } = await crashIn(MOMENTS.rewrite);
    expect(exitCode, stdout).toBe(4);
    expect(report.migration?.steps).toMatchObject([{ outcome: 'failed' }]);
    expect(report.outcome).toEqual({ kind: 'completed' });
  });

  it.each(['seeding', 'audit'] as const)('during %s: exit code 3', async (name) => {
    const { exitCode, report, stdout } = await crashIn(MOMENTS[name]);
    expect(exitCode, stdout).toBe(3);
    expect(report.outcome).toMatchObject({ kind: 'failed', during: name });
    // What was going on is lost, and what comes next is not let in for a moment.
    expect(failuresOf(report)?.code).toMatch(/^target\.(lost|unavailable)$/);
    // The server's own words, which go with it.
    if (name === 'audit') expect(stdout).toContain('terminated by signal 9');
  });
});

/** Most of its connections are in the middle of something at any moment. */
const WORKING_TRAFFIC = {
  rate: '60/s',
  mix: { work: 1 },
  transactions: { work: { query: 'SELECT pg_sleep(0.05), balance FROM accounts WHERE id = 1' } },
};

const TERMINATE = (who: string): string =>
  `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rehearse/${who}'`;

describe('a connection is lost', () => {
  const SCENARIOS = {
    traffic: {
      traffic: WORKING_TRAFFIC,
      migration: { sql: TERMINATE('traffic') },
      phases: { recovery: '2s' },
    },
    observer: {
      migration: [
        { sql: TERMINATE('observer') },
        { sql: 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(1.5); COMMIT' },
      ],
    },
    migration: {
      migration: [{ sql: 'SELECT pg_terminate_backend(pg_backend_pid())', retries: 3 }, { sql: 'SELECT 1' }],
    },
    actor: {
      migration: { sql: TERMINATE('actor') },
      phases: { baseline: '300ms' },
      more: {
        actors: {
          clerk: { kind: 'idle-in-transaction', query: 'SELECT 1', start: '-100ms', duration: '20s' },
        },
      },
    },
  };
  let home: TestHome;
  let told: Readonly<Record<keyof typeof SCENARIOS, OneOfSeveral>>;

  beforeAll(async () => {
    home = newHome();
    told = await rehearsedTogether(home, SCENARIOS);
  });

  afterAll(() => home[Symbol.asyncDispose]());

  it('by the traffic: counted as connection errors, opened again, reported', () => {
    const { exitCode, report, stdout } = told['traffic'];
    expect(exitCode, stdout).toBe(99);
    expect(report.generator).toMatchObject({ connectionsLost: 6, reconnects: 6 });
    const failed = report.transactions.reduce((sum, row) => sum + (row.failedByClass.connection ?? 0), 0);
    expect(failed).toBeGreaterThan(0);
    expect(report.transactions.reduce((sum, row) => sum + row.failed, 0)).toBe(failed);
    expect(report.errors[0]).toMatchObject({ class: 'connection', transaction: 'work' });
    expect(completed(report, 'recovery')).toBeGreaterThan(0);
  });

  it('by the observer: the gap is reported, and locks are seen again afterwards', () => {
    const { exitCode, report, stdout } = told['observer'];
    expect(exitCode, stdout).toBe(0);
    expect(report.observer?.gaps).toHaveLength(1);
    expect(report.lockWaits.some(({ root, step }) => root?.kind === 'migration' && step === 1)).toBe(true);
  });

  it('by the migration itself: the step failed', () => {
    const { exitCode, report, stdout } = told['migration'];
    expect(exitCode, stdout).toBe(4);
    expect(report.migration?.steps).toMatchObject([
      { outcome: 'failed', error: { sqlState: '57P01' } },
      { outcome: 'not-run' },
    ]);
  });

  it('by an actor: it failed, and the run is not believed', () => {
    const { exitCode, report, stdout } = told['actor'];
    expect(exitCode, stdout).toBe(96);
    expect(report.actors).toMatchObject([{ name: 'clerk', outcome: 'failed' }]);
  });
});

describe.concurrent('the harness itself', () => {
  it('fails with exit code 1 when its generator dies, and reports what the others saw', async () => {
    await using home = newHome();
    const [bomb, fuse] = [join(home.files, 'bomb.cjs'), join(home.files, 'fuse')];
    const watch = `setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(fuse)})) throw new Error('out of luck'); }, 20).unref()`;
    writeFileSync(bomb, `if (!require('node:worker_threads').isMainThread) ${watch};`);
    const path = ledger(home.files, {
      migration: { sql: 'SELECT 1' },
      traffic: { rate: '20/s' },
      phases: { recovery: '60s' },
    });
    const run = startRehearsal(home, [path], { environment: { NODE_OPTIONS: `--require ${bomb}` } });
    await run.says(/recovery \d.* completed/);
    writeFileSync(fuse, '');
    const ended = await run.reported();
    const { exitCode, stdout } = ended;
    const { report } = only(ended);
    expect(exitCode).toBe(1);
    expect(failuresOf(report)).toMatchObject({ code: 'bug', exitCode: 1 });
    expect(report.judgement?.verdict.kind).toBe('harness-failed');
    expect(stdout).toContain('out of luck');
    expect(report.observer?.samples).toBeGreaterThan(0);
  });
});

const describeFullDisk = describe.skipIf(NO_SMALL_DISK !== undefined);

describeFullDisk(`a full disk${NO_SMALL_DISK ?? ''}`, { concurrent: true }, () => {
  it('too small for the dataset and the copy of it that the run works on: exit code 3, before anything is loaded', async () => {
    await using disk = smallDisk('250m');
    await using home = emptyHome(disk.path);
    const { exitCode, report, stdout } = await rehearsed(home, {
      migration: { sql: 'SELECT 1' },
      entries: 15_000,
      noteWidth: 3_000,
    });
    expect(exitCode, stdout).toBe(3);
    expect(report.outcome).toMatchObject({ kind: 'failed', during: 'seeding' });
    expect(failuresOf(report)?.message).toMatch(
      /the disk is too small: needed \d+ MB \(\d+ MB to load the dataset \+ \d+ MB for the copy that the run works on\), free \d+ MB/,
    );
    expect(failuresOf(report)?.hint).toContain('PG_REHEARSE_HOME');
    expect(readdirSync(join(home.path, 'datasets'))).toEqual([]);
  });

  it('while the migration rewrites a table: exit code 4, and the message says so', async () => {
    await using disk = smallDisk('300m');
    await using home = emptyHome(disk.path);
    const { exitCode, report, stdout } = await rehearsed(home, {
      traffic: READ_ONLY,
      entries: 20_000,
      migration: [
        { name: 'fill the disk', command: 'cat /dev/zero > "$PG_REHEARSE_HOME/filler" || true' },
        { sql: 'ALTER TABLE entries ADD COLUMN tracking uuid DEFAULT gen_random_uuid()' },
      ],
      // Without WAL for the new table: a WAL that can not be written stops the whole server, which is another test.
      more: { settings: { wal_level: 'minimal', max_wal_senders: 0 } },
    });
    expect(exitCode, stdout).toBe(4);
    expect(report.migration?.steps[1]).toMatchObject({ outcome: 'failed', error: { sqlState: '53100' } });
    expect(stdout).toContain('No space left on device');
  });
});
