import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReportFile } from '#rooms/result/index.js';
import { ledger, READ_ONLY, type LedgerScenario } from './ledger.js';
import { newHome, only, rehearse, ROOT, type TestHome } from './rehearsal.js';
import { rehearsedTogether, type OneOfSeveral } from './together.js';

/* Each kind of step, and what the report tells of it. */

async function migrated(home: TestHome, scenario: LedgerScenario, ...words: readonly string[]) {
  const run = await rehearse(home, [ledger(home.files, scenario), ...words]);
  const { report, summary } = only(run);
  return { ...run, report, summary, steps: stepsOf(report) };
}

function stepsOf({ migration, outcome }: ReportFile) {
  if (migration === undefined) throw new Error(`no migration ran: ${JSON.stringify(outcome)}`);
  return migration.steps;
}

interface Migrated extends OneOfSeveral {
  readonly steps: ReturnType<typeof stepsOf>;
}

const REWRITE = 'ALTER TABLE entries ADD COLUMN tracking uuid DEFAULT gen_random_uuid()';
/** Holds its lock on accounts for as long as the migration lasts. */
const CLERK = {
  clerk: {
    kind: 'idle-in-transaction',
    query: 'SELECT count(*) FROM accounts',
    start: '-100ms',
    duration: '1500ms',
  },
};

/** An index of it takes long enough to be seen, whatever the machine: a millisecond or more for each row. */
const UNHURRIED = `CREATE FUNCTION unhurried(note text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM pg_sleep(0.001); RETURN note; END $$`;

/** By their names, for the tests below. Two commands work side by side. */
const FIRST_HALF = {
  'own-transactions': {
    migration: [
      {
        sql: `BEGIN; CREATE TABLE kept (id int); COMMIT;
      BEGIN; CREATE TABLE lost (id int); INSERT INTO kept VALUES ('x'); COMMIT;
      CREATE TABLE never (id int);`,
      },
      { name: 'afterwards', sql: 'SELECT 1' },
    ],
  },
  'never-locked': {
    migration: {
      sql: 'ALTER TABLE accounts ADD COLUMN note text',
      lock_timeout: '30ms',
      retries: { times: 2, backoff: '20ms' },
    },
    more: { actors: CLERK },
  },
  concurrently: {
    migration: [
      { sql: UNHURRIED },
      { sql: 'CREATE INDEX CONCURRENTLY entries_note_idx ON entries (unhurried(note))' },
    ],
  },
  'too-long': {
    migration: [{ sql: 'SELECT 1; SELECT pg_sleep(60); SELECT 2' }, { sql: 'SELECT 3' }],
    phases: { migration: { min: '100ms', max: '700ms' } },
  },
  'refused-backfill': {
    migration: { backfill: { table: 'entries', set: 'nothing = 1' } },
  },
};
const SECOND_HALF = {
  'gets-through': {
    migration: {
      sql: 'ALTER TABLE accounts ADD COLUMN note text',
      lock_timeout: '50ms',
      retries: { times: 60, backoff: '100ms', max_backoff: '200ms' },
    },
    more: { actors: CLERK },
  },
  'timed-out': {
    migration: { sql: 'SELECT pg_sleep(60)', statement_timeout: '100ms', retries: 5 },
  },
  'invalid-index': {
    migration: { sql: 'CREATE UNIQUE INDEX CONCURRENTLY entries_once ON entries (account_id)' },
  },
  backfilled: {
    entries: 2_000,
    traffic: READ_ONLY,
    migration: [
      { sql: 'ALTER TABLE entries ADD COLUMN doubled numeric' },
      { backfill: { table: 'entries', set: 'doubled = amount * 2', where: 'doubled IS NULL', batch: 300 } },
      { sql: 'ALTER TABLE entries ALTER COLUMN doubled SET NOT NULL' },
    ],
  },
  'cut-by-any-key': {
    entries: 2_000,
    traffic: READ_ONLY,
    migration: [
      { sql: 'ALTER TABLE entries ADD COLUMN once int, ADD COLUMN twice int' },
      {
        backfill: { table: 'entries', set: 'once = 1', where: 'id % 2 = 0', key: 'account_id', batch: 10 },
      },
      {
        backfill: {
          table: 'entries',
          set: 'twice = coalesce(entries.twice, 0) + 1 -- once a row',
          where: 'id % 2 = 0 -- every other',
          key: ['account_id', 'id'],
          batch: 300,
        },
      },
      {
        sql: `DO $$ BEGIN
                IF EXISTS (SELECT FROM entries WHERE (once IS NOT NULL) <> (id % 2 = 0) OR twice IS DISTINCT FROM once) THEN
                  RAISE 'a row that was not meant';
                END IF;
              END $$`,
      },
    ],
  },
  'no-key': {
    migration: [{ sql: 'CREATE TABLE loose (a int)' }, { backfill: { table: 'loose', set: 'a = 1' } }],
  },
  'no-tool': { migration: { command: 'no-such-tool up' } },
};

let home: TestHome;
let ran: Readonly<Record<keyof typeof FIRST_HALF | keyof typeof SECOND_HALF, Migrated>>;

beforeAll(async () => {
  home = newHome();
  const [first, second] = await Promise.all([
    rehearsedTogether(home, FIRST_HALF),
    rehearsedTogether(home, SECOND_HALF),
  ]);
  const named = Object.entries<OneOfSeveral>({ ...first, ...second }).map(([name, one]) => [
    name,
    { ...one, steps: stepsOf(one.report) },
  ]);
  ran = Object.fromEntries(named) as typeof ran; // one for each name
});

afterAll(() => home[Symbol.asyncDispose]());

describe('a SQL step', () => {
  it('with its own BEGIN and COMMIT keeps to them, and the first failure ends the migration', () => {
    const { exitCode, stdout, report, summary, steps } = ran['own-transactions'];
    expect(exitCode).toBe(4);
    expect(steps).toMatchObject([
      {
        outcome: 'failed',
        error: { sqlState: '22P02', statement: "INSERT INTO kept VALUES ('x')" },
      },
      { name: 'afterwards', outcome: 'not-run', statements: [] },
    ]);
    expect(report.relations.map(({ name }) => name)).toEqual(['accounts', 'entries', 'kept']);
    expect(report.judgement?.verdict.kind).toBe('migration-failed');
    for (const text of [stdout, summary]) expect(text).toContain('invalid input syntax for type integer');
    expect(report.phases.map(({ name }) => name)).toContain('recovery');
  });

  it('gives up at its lock_timeout, tries again and gets through', () => {
    const { exitCode, stdout, steps } = ran['gets-through'];
    expect(exitCode, stdout).toBe(0);
    const [{ attempts, statements, lockTimeout, outcome } = { attempts: [], statements: [] }] = steps;
    expect([outcome, lockTimeout]).toEqual(['applied', 50]);
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.slice(0, -1).every(({ sqlState }) => sqlState === '55P03')).toBe(true);
    expect(attempts.at(-1)).not.toHaveProperty('sqlState');
    expect(statements).toHaveLength(attempts.length);
  });

  it('that never gets its lock fails when its retries are used up', () => {
    const { exitCode, steps } = ran['never-locked'];
    expect(exitCode).toBe(4);
    expect(steps).toMatchObject([
      { outcome: 'failed', error: { sqlState: '55P03' }, attempts: [{}, {}, { sqlState: '55P03' }] },
    ]);
  });

  it('is cancelled by its statement_timeout, and not tried again', () => {
    const { exitCode, steps } = ran['timed-out'];
    expect(exitCode).toBe(4);
    expect(steps).toMatchObject([{ outcome: 'failed', attempts: [{ sqlState: '57014' }] }]);
  });

  it('with CREATE INDEX CONCURRENTLY runs outside of a transaction; its locks are seen by the observer', () => {
    const { exitCode, stdout, steps, report } = ran['concurrently'];
    expect(exitCode, stdout).toBe(0);
    expect(steps[1]).toMatchObject({
      outcome: 'applied',
      statements: [{ locks: [{ relation: 'entries', source: 'sampled' }] }],
    });
    expect(steps[1]?.statements[0]?.locks[0]?.mode).toBe('ShareUpdateExclusiveLock');
    expect(report.leftovers).toEqual([]);
  });

  it('that leaves an invalid index behind is a failed migration that names it', () => {
    const { exitCode, stdout, report } = ran['invalid-index'];
    expect(exitCode).toBe(4);
    expect(report.leftovers).toEqual([
      { kind: 'not-ready-index', name: 'entries_once', relation: 'entries' },
    ]);
    expect(stdout).toContain('entries_once');
  });

  it('that is not over at phases.migration.max is cancelled', () => {
    const { exitCode, stdout, steps } = ran['too-long'];
    expect(exitCode).toBe(4);
    expect(steps.map(({ outcome }) => outcome)).toEqual(['interrupted', 'not-run']);
    expect(stdout).toContain('phases.migration.max');
  });
});

describe('a backfill step', () => {
  it('updates every row once, batch by batch', () => {
    const { exitCode, stdout, steps } = ran['backfilled'];
    expect(exitCode, stdout).toBe(0);
    expect(steps[1]?.backfill).toMatchObject({ table: 'entries', rows: 2_000, batches: 7 });
  });

  it('changes what it means and nothing else, by whatever columns its batches are cut', () => {
    const { exitCode, stdout, steps } = ran['cut-by-any-key'];
    expect(exitCode, stdout).toBe(0);
    expect(steps[1]?.backfill).toMatchObject({ rows: 1_000 });
    expect(steps[2]?.backfill).toMatchObject({ rows: 1_000, batches: 4 });
    expect(steps[2]?.statements[0]?.walBytes).toBeGreaterThan(1_000);
  });

  it('of a table without a primary key wants a key', () => {
    const { exitCode, steps } = ran['no-key'];
    expect(exitCode).toBe(4);
    expect(steps[1]?.error?.message).toContain('loose has no primary key');
    expect(steps[1]?.backfill).toBeUndefined();
  });

  it('that the server refuses names its statement', () => {
    const { exitCode, steps } = ran['refused-backfill'];
    expect(exitCode).toBe(4);
    expect(steps[0]).toMatchObject({ outcome: 'failed', error: { sqlState: '42703' } });
    expect(steps[0]?.error?.statement).toContain('SET nothing = 1');
  });
});

describe.concurrent('a command step', () => {
  const tool = (home: TestHome, body: string): string => {
    const file = join(home.files, 'tool.mjs');
    const pg = join(ROOT, 'node_modules', 'pg', 'esm', 'index.mjs');
    writeFileSync(
      file,
      `import pg from ${JSON.stringify(pg)};\nconst client = new pg.Client();\nawait client.connect();\n${body}\nawait client.end();\n`,
    );
    return `node ${file}`;
  };

  it('gets the connection in its environment; its rewrite, its locks and its output are reported', async () => {
    await using home = newHome();
    const command = tool(
      home,
      `await client.query(${JSON.stringify(`BEGIN; ${REWRITE}; SELECT pg_sleep(0.5); COMMIT`)});
       console.log('migrated', process.env.DATABASE_URL);`,
    );
    const { exitCode, stdout, steps, report } = await migrated(home, {
      migration: { command },
      more: { thresholds: { never_started: 'count == 0' } },
    });
    expect(exitCode, stdout).toBe(0);
    const [step] = steps;
    expect(step).toMatchObject({ kind: 'command', title: command, outcome: 'applied' });
    expect(step?.output).toMatch(/^migrated postgresql:\/\/[^:]*:\*\*\*@127\.0\.0\.1/);
    expect(step?.statements[0]?.rewritten).toMatchObject([{ relation: 'entries' }]);
    expect(step?.statements[0]?.locks).toContainEqual(
      expect.objectContaining({ relation: 'entries', mode: 'AccessExclusiveLock', source: 'exact' }),
    );
    expect(step?.impact.waited).toBeGreaterThan(0);
    expect(report.blockingChains.some(({ root }) => root.kind === 'migration')).toBe(true);
  });

  it('that fails is a failed migration with the end of what it said', async () => {
    await using home = newHome();
    const { exitCode, stdout, steps } = await migrated(
      home,
      {
        migration: [
          { command: 'seq 1 5000; echo "$PGPASSWORD went wrong" >&2; exit 3' },
          { sql: 'SELECT 1' },
        ],
      },
      '--quiet',
    );
    expect(exitCode).toBe(4);
    expect(steps[0]).toMatchObject({
      outcome: 'failed',
      error: { message: 'the command ended with exit code 3: *** went wrong' },
    });
    expect(steps[0]?.output).toMatch(/^\d+\n.*4999\n5000\n\*\*\* went wrong\n$/s);
    expect(steps[1]?.outcome).toBe('not-run');
    expect(stdout).toContain('*** went wrong');
  });

  it('that can not be started is a failed migration', () => {
    const { exitCode, steps } = ran['no-tool'];
    expect(exitCode).toBe(4);
    expect(steps[0]?.error?.message).toContain('exit code 127');
  });
});
