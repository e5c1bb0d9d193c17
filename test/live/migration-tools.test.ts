import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { runMigration, type MigrationEvent, type StepRun } from '#rooms/migration/index.js';
import type { CommandStep } from '#rooms/plan/index.js';
import { connect, LockWaitLog } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { ledger, type LedgerScenario } from './ledger.js';
import { newHome, only, rehearse, ROOT } from './rehearsal.js';
import { INSTALLED_BIN, removeDirectory, temporaryDirectory } from './server.js';
import { SERVERS, witnessedServer, type WitnessedServer } from './witnessed.js';

/* Migration tools that people use, as they are: what is told of their statements is what is told of a SQL step's. */

const SCHEMA = `
CREATE TABLE accounts (id bigint PRIMARY KEY, owner text NOT NULL);
CREATE TABLE entries (id bigint PRIMARY KEY, account_id bigint NOT NULL, amount numeric(10, 2) NOT NULL, note text);
INSERT INTO accounts SELECT n, 'somebody' FROM generate_series(1, 100) n;
INSERT INTO entries SELECT n, 1 + n % 100, n, 'note' FROM generate_series(1, 3000) n;
ANALYZE;`;

const bin = (...path: readonly string[]) => `node ${join(ROOT, 'node_modules', ...path)}`;

/** Each gets its migration as the body of a function of its own vocabulary. */
const TOOLS = {
  'node-pg-migrate': (folder: string, up: string): string => {
    const migrations = join(folder, 'migrations');
    mkdirSync(migrations, { recursive: true });
    writeFileSync(
      join(migrations, '1700000000000_it.cjs'),
      `exports.up = (pgm) => { ${up} };\nexports.down = false;\n`,
    );
    return `${bin('node-pg-migrate', 'bin', 'node-pg-migrate.js')} up --migrations-dir ${migrations}`;
  },
  knex: (folder: string, up: string): string => {
    mkdirSync(join(folder, 'migrations'), { recursive: true });
    writeFileSync(
      join(folder, 'knexfile.cjs'),
      `module.exports = { client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 1, max: 4 },
        migrations: { directory: ${JSON.stringify(join(folder, 'migrations'))}, tableName: 'knex_${basename(folder)}' } };\n`,
    );
    writeFileSync(
      join(folder, 'migrations', '20240101000000_it.cjs'),
      `exports.up = async (knex) => { ${up} };\nexports.down = async () => {};\n`,
    );
    return `${bin('knex', 'bin', 'cli.js')} migrate:latest --knexfile ${join(folder, 'knexfile.cjs')}`;
  },
};

let folder: string;
let folders = 0;

beforeAll(() => {
  folder = temporaryDirectory();
  // knex looks for itself where its configuration lies.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => removeDirectory(folder));

const written = (tool: keyof typeof TOOLS, up: string): string =>
  TOOLS[tool](join(folder, String(++folders)), up);

function step(command: string, lockTimeout?: number): CommandStep {
  return {
    kind: 'command',
    name: 'tool',
    command,
    connects: true,
    lockTimeout: lockTimeout === undefined ? undefined : ms(lockTimeout),
    statementTimeout: undefined,
    retries: 0,
    backoff: ms(0),
    maxBackoff: ms(0),
    location: { file: 'scenario.yaml', path: 'migration' },
  };
}

interface Migrated {
  readonly run: StepRun;
  readonly events: readonly MigrationEvent[];
}

async function migrated(server: WitnessedServer, command: CommandStep): Promise<Migrated> {
  const events: MigrationEvent[] = [];
  const { steps } = await runMigration([command], {
    connection: { ...server.connection(), session: { log_lock_waits: 'on', client_min_messages: 'log' } },
    clock: systemClock,
    origin: systemClock.now(),
    directory: folder,
    signal: new AbortController().signal,
    waits: new LockWaitLog(systemClock),
    sees: { locks: true },
    onEvent: (event) => events.push(event),
  });
  return { run: steps[0]!, events };
}

const statementLike = ({ run }: Migrated, text: RegExp) =>
  run.statements.find((statement) => text.test(statement.text));

describe.each(SERVERS)('on %s', (_, serverBin) => {
  const server = witnessedServer(serverBin, SCHEMA);

  it('node-pg-migrate: a table with a foreign key, a rewrite and an index, in one transaction', async () => {
    const seen = await migrated(
      server,
      step(
        written(
          'node-pg-migrate',
          `pgm.createTable('labels', { id: 'id', account_id: { type: 'bigint', references: 'accounts' } });
           pgm.addColumns('entries', { token: { type: 'uuid', default: pgm.func('gen_random_uuid()') } });
           pgm.createIndex('entries', 'account_id');`,
        ),
      ),
    );
    expect(seen.run.outcome, seen.run.output).toBe('applied');
    expect(statementLike(seen, /CREATE TABLE "labels"/)?.locks).toContainEqual(
      expect.objectContaining({ relation: 'accounts', mode: 'ShareRowExclusiveLock', source: 'exact' }),
    );
    const rewrite = statementLike(seen, /ADD "token"/);
    expect(rewrite).toMatchObject({
      lockSource: 'own-session',
      rewritten: [{ relation: 'entries', rows: 3_000, reasons: ['column-default'] }],
    });
    const index = statementLike(seen, /CREATE INDEX/);
    expect(index).toMatchObject({ scanned: [{ relation: 'entries' }], commands: [{ tag: 'CREATE INDEX' }] });
    // Its lock is held while what comes after it works.
    const exclusive = rewrite?.locks.find(({ mode }) => mode === 'AccessExclusiveLock');
    expect(exclusive!.grantedAt + exclusive!.held).toBeGreaterThan(index!.startedAt + index!.duration);
    expect(seen.events.filter(({ kind }) => kind === 'session')).toMatchObject([{ pid: rewrite!.pid }]);
  });

  it('knex: a change of type, a DO block and a function that knows nothing of transactions', async () => {
    const seen = await migrated(
      server,
      step(
        written(
          'knex',
          `await knex.schema.alterTable('entries', (table) => { table.decimal('amount', 14, 4).notNullable().alter(); });
           await knex.raw("DO $$ BEGIN ALTER TABLE accounts ADD COLUMN seen timestamptz; ALTER TABLE accounts ADD CHECK (id > 0); END $$");
           await knex('entries').update({ note: 'x' }).where('note', 'nothing');`,
        ),
      ),
    );
    expect(seen.run.outcome, seen.run.output).toBe('applied');
    expect(statementLike(seen, /type decimal\(14, ?4\)|type numeric/i)).toMatchObject({
      rewritten: [{ relation: 'entries', reasons: ['column-type'] }],
    });
    expect(statementLike(seen, /^DO/)).toMatchObject({
      lockSource: 'event-triggers',
      scanned: [{ relation: 'accounts' }],
      commands: [
        { text: 'ALTER TABLE accounts ADD COLUMN seen timestamptz', object: 'accounts' },
        { text: 'ALTER TABLE accounts ADD CHECK (id > 0)', scanned: ['accounts'] },
      ],
    });
    expect(statementLike(seen, /^update "entries"/)).toMatchObject({
      locks: [{ relation: 'entries', mode: 'RowExclusiveLock' }],
      scanned: [{ relation: 'entries' }],
    });
  });

  it('a tool that waits for a lock: how long, and from when on it held it', async () => {
    await using reader = await connect(server.connection(), 'actor');
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM entries');
    const migrating = migrated(
      server,
      step(
        written('node-pg-migrate', `pgm.addColumns('entries', { later: 'int' });`) +
          ' --no-check-order --migrations-table waits',
      ),
    );
    const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
    await vi.waitFor(async () => expect(await server.run(waiting)).toHaveLength(1), { timeout: 30_000 });
    // The server tells of waits that are longer than deadlock_timeout, 1 s.
    await reader.query('SELECT pg_sleep(1.2)');
    await reader.query('COMMIT');
    const seen = await migrating;
    expect(seen.run.outcome, seen.run.output).toBe('applied');
    const statement = statementLike(seen, /ADD "later"/)!;
    expect(statement.waiting).toBeGreaterThan(1_150);
    expect(statement.waiting).toBeLessThanOrEqual(statement.duration);
    expect(statement.locks[0]).toMatchObject({ relation: 'entries', waited: statement.waiting });
    expect(statement.commands).toMatchObject([{ waiting: statement.waiting }]);
  });

  it('a migration that fails names its statement and what the server said', async () => {
    const { run } = await migrated(
      server,
      step(
        written(
          'knex',
          `await knex.schema.alterTable('accounts', (table) => { table.text('extra'); });
           await knex.schema.alterTable('accounts', (table) => { table.unique(['owner']); });`,
        ),
      ),
    );
    expect(run.outcome).toBe('failed');
    expect(run.error?.sqlState, run.output).toBe('23505');
    expect(run.error?.statement).toMatch(/^alter table "accounts" add constraint .* unique/);
    expect(run.error?.message).toMatch(
      /^could not create unique index .* \(the command ended with exit code 1/,
    );
    expect(run.statements.find(({ error }) => error !== undefined)).toMatchObject({
      lockSource: 'unseen',
      commands: [{ tag: 'ALTER TABLE', completed: false }],
    });
  });

  it("the step's lock_timeout holds for a tool that sets none", async () => {
    await using reader = await connect(server.connection(), 'actor');
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM accounts');
    const command = written('node-pg-migrate', `pgm.addColumns('accounts', { never: 'int' });`);
    const { run } = await migrated(server, step(`${command} --no-check-order --migrations-table late`, 150));
    expect(run).toMatchObject({ outcome: 'failed', lockTimeout: 150, error: { sqlState: '55P03' } });
    const failed = run.statements.find(({ error }) => error !== undefined)!;
    expect(failed.waiting / failed.duration).toBeGreaterThan(0.5);
  });

  it.runIf(INSTALLED_BIN !== undefined)('psql that insists on TLS is told that there is none', async () => {
    const psql = join(INSTALLED_BIN!, 'psql');
    const asked = (mode: string) =>
      migrated(server, step(`${psql} -X "$DATABASE_URL?sslmode=${mode}" -c 'SELECT 1'`));
    const { run } = await asked('require');
    expect(run.outcome).toBe('failed');
    expect(run.error?.message).toMatch(
      /server does not support SSL.*; it wanted an encrypted connection, and the address/,
    );
    const preferring = await asked('prefer');
    expect(preferring.run.outcome, preferring.run.output).toBe('applied');
  });

  it.runIf(INSTALLED_BIN !== undefined)(
    'psql: a script in one transaction, and data that is copied in',
    async () => {
      const script = join(folder, 'script.sql');
      writeFileSync(
        script,
        `SET client_min_messages = warning;\nCREATE TABLE rates (day int, rate int);\nCOPY rates FROM stdin;\n1\t2\n2\t3\n\\.\n` +
          `ALTER TABLE rates ADD PRIMARY KEY (day);\nALTER TABLE accounts ADD COLUMN rated int;\n`,
      );
      const psql = join(INSTALLED_BIN!, 'psql');
      const seen = await migrated(
        server,
        step(`${psql} --no-psqlrc --single-transaction -v ON_ERROR_STOP=1 -f ${script}`),
      );
      expect(seen.run.outcome, seen.run.output).toBe('applied');
      // A COMMIT that a busy machine makes long is told as well.
      const statements = seen.run.statements.filter(({ text }) => !/^(BEGIN|COMMIT)$/.test(text));
      expect(statements.map(({ text }) => text.slice(0, 12))).toEqual([
        'CREATE TABLE',
        'COPY rates F',
        'ALTER TABLE ',
        'ALTER TABLE ',
      ]);
      expect(statements.at(-1)).toMatchObject({
        locks: [{ relation: 'accounts', mode: 'AccessExclusiveLock' }],
      });
    },
  );
});

describe('rehearse run', () => {
  it('tells what a tool did to the traffic, statement by statement', async () => {
    await using home = newHome();
    const command = written(
      'node-pg-migrate',
      `pgm.addColumns('entries', { token: { type: 'uuid', default: pgm.func('gen_random_uuid()') } });
       pgm.sql('SELECT pg_sleep(0.5)');`,
    );
    const scenario: LedgerScenario = {
      migration: { command },
      more: { thresholds: { never_started: 'count == 0' } },
    };
    const run = await rehearse(home, [ledger(home.files, scenario)]);
    const { report, summary } = only(run);
    const step = report.migration?.steps[0];
    expect(step?.outcome, step?.output).toBe('applied');
    const rewrite = step?.statements.find(({ text }) => text.includes('ADD "token"'));
    expect(rewrite).toMatchObject({ rewritten: [{ relation: 'entries', reasons: ['column-default'] }] });
    expect(rewrite?.locks).toContainEqual(
      expect.objectContaining({ relation: 'entries', mode: 'AccessExclusiveLock', source: 'exact' }),
    );
    expect(report.judgement?.findings.map(({ id }) => id)).toContain('table-rewrite');
    expect(report.lockWaits.some(({ root }) => root?.kind === 'migration' && root.name === 'step 1')).toBe(
      true,
    );
    expect(report.warnings).toEqual([]);
    expect(report.relations.map(({ name }) => name)).toEqual(['accounts', 'entries', 'pgmigrations']);
    expect(summary).toContain('ADD "token"');
  });
});
