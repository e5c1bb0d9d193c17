import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Finding, ReportFile } from '#rooms/result/index.js';

import { READ_ONLY } from './ledger.js';
import { newHome, ROOT, type TestHome } from './rehearsal.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

/* What a report tells of the time after the migration. */

/** Stays connected although its command has ended, until the server ends. */
const LINGERING = `
import { createRequire } from 'node:module';
const { Client } = createRequire(${JSON.stringify(`${ROOT}package.json`)})('pg');
const client = new Client({ connectionString: process.env.DATABASE_URL });
client.on('error', () => process.exit());
await client.connect();
process.send('connected');
setInterval(() => undefined, 1000);`;
const STARTER = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['--input-type=module', '-e', process.env.LINGERING], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
child.on('message', () => { child.disconnect(); child.unref(); });`;

/** Autovacuum begins soon, and does not come to an end by itself. */
const EAGER_VACUUM = { autovacuum_naptime: '1s', deadlock_timeout: '100ms' };
/** Of this table only: its workers are few, and the catalogs of a new server want them as well (before 16). */
const SLOW_VACUUM = `ALTER TABLE entries SET (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`;
const UNTIL_IT_IS_VACUUMED = `DO $$ BEGIN
  FOR attempt IN 1..600 LOOP
    PERFORM pg_stat_clear_snapshot();
    EXIT WHEN EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'entries'::regclass);
    PERFORM pg_sleep(0.05);
  END LOOP; END $$`;

const QUOTE = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const rerun = { rerun: true };
const SECOND_RUNS = {
  unchanged: {
    migration: [
      {
        sql: 'CREATE TABLE IF NOT EXISTS audit (id int); ALTER TABLE accounts ADD COLUMN IF NOT EXISTS note text',
      },
      { backfill: { table: 'accounts', set: "note = ''", where: 'note IS NULL' } },
      // As migration tools do with their lock.
      { sql: 'UPDATE accounts SET owner = owner WHERE id = 1; DROP TABLE IF EXISTS nothing' },
    ],
    more: rerun,
  },
  changed: {
    migration: { sql: "INSERT INTO accounts (owner) VALUES ('new')" },
    more: rerun,
  },
  'failed-cleanly': { migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' }, more: rerun },
  'left-half-done': {
    migration: [
      { sql: "INSERT INTO accounts (owner) VALUES ('new')" },
      { sql: 'ALTER TABLE accounts ADD COLUMN note text' },
    ],
    more: rerun,
  },
};
const AFTERMATHS = {
  unfinished: {
    migration: [
      {
        // In the order of the traffic, which writes entries and then looks at accounts: else they may deadlock.
        sql: `CREATE TABLE pgosc_st_entries (LIKE entries);
          CREATE FUNCTION mirror() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
          CREATE TRIGGER mirrored BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION mirror();
          ALTER TABLE accounts ADD COLUMN note text`,
      },
      { sql: 'ALTER TABLE accounts ALTER COLUMN note SET NOT NULL' },
    ],
    more: rerun,
  },
  duplicates: { migration: { sql: 'CREATE UNIQUE INDEX entries_once ON entries (account_id)' } },
  lingering: {
    migration: { command: `LINGERING=${QUOTE(LINGERING)} node -e ${QUOTE(STARTER)}` },
  },
  vacuumed: {
    traffic: READ_ONLY,
    migration: [
      { sql: SLOW_VACUUM },
      { sql: 'UPDATE entries SET amount = amount + 1' },
      { sql: UNTIL_IT_IS_VACUUMED },
      { sql: 'ALTER TABLE entries ADD COLUMN extra int' },
    ],
    more: { settings: EAGER_VACUUM },
  },
};

let home: TestHome;
let ran: Readonly<Record<keyof typeof SECOND_RUNS | keyof typeof AFTERMATHS, OneOfSeveral>>;

beforeAll(async () => {
  home = newHome();
  const [first, second] = await Promise.all([
    rehearsedTogether(home, SECOND_RUNS),
    rehearsedTogether(home, AFTERMATHS),
  ]);
  ran = { ...first, ...second };
});

afterAll(() => home[Symbol.asyncDispose]());

const findings = ({ judgement }: ReportFile, id: string): readonly Finding[] =>
  (judgement?.findings ?? []).filter((finding) => finding.id === id);

describe('a second run', () => {
  it('that finds all its work done changes nothing', () => {
    const { report, exitCode, stdout } = ran.unchanged;
    expect(report.rerun, stdout).toMatchObject({
      outcome: 'unchanged',
      changes: [],
      rows: [],
      leftovers: [],
    });
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('run a second time, the migration changed nothing');
    expect(findings(report, 'server-notice').map(({ severity }) => severity)).toEqual(['info']);
  });

  it('that writes once more changed rows', () => {
    const { report } = ran.changed;
    expect(report.rerun).toMatchObject({
      outcome: 'changed',
      rows: [{ relation: 'accounts', inserted: 1, updated: 0, deleted: 0 }],
    });
    expect(findings(report, 'not-rerunnable')).toMatchObject([{ severity: 'warning' }]);
  });

  it('that can not begin fails cleanly, and is no reproach', () => {
    const { report, exitCode } = ran['failed-cleanly'];
    expect(report.rerun).toMatchObject({
      outcome: 'failed-cleanly',
      step: 0,
      error: 'column "note" of relation "accounts" already exists',
    });
    expect(findings(report, 'not-rerunnable')).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('that stops in the middle leaves something half done', () => {
    const { report } = ran['left-half-done'];
    expect(report.rerun).toMatchObject({ outcome: 'left-half-done', step: 1, rows: [{ inserted: 1 }] });
    expect(findings(report, 'not-rerunnable')).toMatchObject([{ severity: 'danger', step: 1 }]);
  });
});

describe('what is left behind', () => {
  it('by a migration that failed half-way are its table, its column and its trigger; it is not run again', () => {
    const { report, exitCode } = ran.unfinished;
    expect(exitCode).toBe(4);
    expect(report.leftovers).toEqual([
      { kind: 'unfinished-column', name: 'note', relation: 'accounts' },
      { kind: 'unfinished-trigger', name: 'mirrored', relation: 'entries' },
      { kind: 'unfinished-table', name: 'pgosc_st_entries', relation: '' },
    ]);
    expect(report.rerun).toBeUndefined();
    expect(findings(report, 'constraint-failed')).toMatchObject([{ relation: 'accounts', step: 1 }]);
  });

  it('by a command may be a session', () => {
    const { report, stdout } = ran.lingering;
    expect(report.migration?.outcome, stdout).toBe('applied');
    expect(report.leftovers).toMatchObject([{ kind: 'session' }]);
  });
});

it('duplicate rows that kept a unique index from being built are counted', () => {
  const { report } = ran.duplicates;
  const { duplicates } = report.aftermath!;
  expect(duplicates).toMatchObject({ step: 0, relation: 'entries', key: 'account_id' });
  expect(duplicates!.keys).toBeGreaterThan(100);
  expect(duplicates!.keys).toBeLessThanOrEqual(200);
  expect(duplicates!.rows).toBeGreaterThanOrEqual(2_000);
  expect(findings(report, 'duplicate-rows')).toMatchObject([{ severity: 'danger', relation: 'entries' }]);
});

it('autovacuum that was cancelled for the migration is found in the server’s log', () => {
  const { report, stdout } = ran.vacuumed;
  expect(report.migration?.outcome, stdout).toBe('applied');
  expect(report.aftermath?.autovacuumCancelled).toContainEqual({
    relation: 'entries',
    work: 'vacuum',
    source: 'log',
  });
  expect(findings(report, 'autovacuum-cancelled')).toMatchObject([{ relation: 'entries' }]);
});
