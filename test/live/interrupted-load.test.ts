import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { withSession } from '#rooms/target/index.js';
import { command, startCommand, untouchedHome, type Ended, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* `dataset load --database` that is killed in the middle of a database that holds something, and was there before. */

const { connection, run } = sharedServer('SELECT');

/** `few` gets rows by the schema itself; the index needs them to be committed. */
const SQL = `
CREATE TYPE kind AS ENUM ('in', 'out');
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';
CREATE TABLE few (id int PRIMARY KEY, kind kind, made timestamptz DEFAULT app_now());
INSERT INTO few (id) VALUES (1), (2);
CREATE INDEX CONCURRENTLY few_kind ON few (kind);
CREATE TABLE many (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, few_id int REFERENCES few, note text);
CREATE VIEW both_tables AS SELECT f.kind, m.note FROM few f JOIN many m ON m.few_id = f.id;`;

let files: TestHome;

beforeAll(() => {
  files = untouchedHome();
  writeFileSync(join(files.files, 'ours.sql'), SQL);
  for (const [name, few] of [
    ['ours', 20],
    ['other', 21],
  ] as const) {
    const content = { schema: './ours.sql', tables: { few: { rows: few }, many: { rows: 150_000 } } };
    writeFileSync(join(files.files, `${name}.yaml`), JSON.stringify(content));
  }
});

afterAll(() => files[Symbol.asyncDispose]());

const url = (database: string) => {
  const { host, port, user } = connection();
  return `postgres://${user}@${host}:${port}/${database}`;
};
const environment = () => ({ PGPASSWORD: connection().password });
const loading = (dataset: string, database: string): readonly string[] => [
  ...['dataset', 'load', join(files.files, `${dataset}.yaml`), '--database', url(database), '--quiet'],
  // The look for the right moment is traffic.
  ...['--tolerate', 'traffic'],
];
const load = (dataset: string, database: string): Promise<Ended> =>
  command(loading(dataset, database), { environment: environment() });
const cleanup = (database: string, ...more: readonly string[]): Promise<Ended> =>
  command(['cleanup', '--target', url(database), ...more], { home: files, environment: environment() });

async function furnished(database: string): Promise<void> {
  await run(`CREATE DATABASE ${database}`);
  await run('CREATE SCHEMA app; SELECT lo_create(4711)', database);
}

/** Killed while the server runs a statement that begins so. */
async function killedIn(statement: string, database: string): Promise<void> {
  const { child, ended } = startCommand(loading('ours', database), { environment: environment() });
  const running = async (more: string): Promise<boolean> =>
    (
      await run(
        `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND application_name = 'rehearse/seed' ${more}`,
      )
    ).length > 0;
  const soon = { timeout: 20_000, interval: 10 };
  await vi.waitUntil(() => running(`AND state = 'active' AND query LIKE '${statement}%'`), soon);
  child.kill('SIGKILL');
  await ended;
  await vi.waitUntil(async () => !(await running('')), soon);
}

describe('a load that was killed in a database of somebody’s', () => {
  it('goes on only where nobody else has put anything, and empties nobody’s rows away', async () => {
    await furnished('in_copy');
    await killedIn('COPY "public"."many"', 'in_copy');

    await run(`INSERT INTO many (note) SELECT 'precious' FROM generate_series(1, 10)`, 'in_copy');
    expect(await load('ours', 'in_copy')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('table public.many: expected no rows but those of') as unknown,
    });
    expect(await run('SELECT count(*) FROM many', 'in_copy')).toEqual([{ count: '10' }]);

    await run('DELETE FROM many; CREATE TABLE payroll AS SELECT 1 AS id', 'in_copy');
    expect(await load('ours', 'in_copy')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('beside it what it has not made: table public.payroll') as unknown,
    });

    await run('DROP TABLE payroll', 'in_copy');
    expect(await load('ours', 'in_copy')).toMatchObject({ exitCode: 0 });
    expect(await run('SELECT count(*) FROM many', 'in_copy')).toEqual([{ count: '150000' }]);
    expect(await run('SELECT FROM pg_largeobject_metadata', 'in_copy')).toHaveLength(1);
  });

  it('knows the rows that its schema has put into a table from those of others', async () => {
    await furnished('in_schema');
    // An index that is built concurrently waits for whoever may still read old rows.
    await withSession({ ...connection(), database: 'in_schema' }, 'audit', async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class');
      await killedIn('CREATE INDEX CONCURRENTLY', 'in_schema');
    });
    await run('INSERT INTO few (id) VALUES (3)', 'in_schema');
    expect(await load('ours', 'in_schema')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('table public.few') as unknown,
    });
    await run('DELETE FROM few WHERE id = 3', 'in_schema');
    expect(await load('ours', 'in_schema')).toMatchObject({ exitCode: 0 });
    expect(await run('SELECT count(*) FROM few', 'in_schema')).toEqual([{ count: '20' }]);
  });

  it('is removed by cleanup, which leaves what was there before and touches nothing of others', async () => {
    await furnished('to_clean');
    await killedIn('COPY "public"."many"', 'to_clean');

    const other = await load('other', 'to_clean');
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('found an interrupted load of another dataset: ours, scale 1, seed 42');
    expect(other.stderr).not.toContain('drop the database');

    await run('INSERT INTO few (id) VALUES (4711)', 'to_clean');
    expect(await cleanup('to_clean')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('somebody has put rows into public.few') as unknown,
    });
    await run('DELETE FROM few WHERE id = 4711; CREATE VIEW app.theirs AS SELECT note FROM many', 'to_clean');
    expect(await cleanup('to_clean')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('somebody has put view app.theirs beside it') as unknown,
    });
    expect(await run('SELECT FROM app.theirs', 'to_clean')).toEqual([]);
    await run('DROP VIEW app.theirs', 'to_clean');

    const would = await cleanup('to_clean', '--dry-run');
    expect(would.stdout).toContain('would remove  load into a database  ours, scale 1, seed 42 in to_clean');
    const removed = await cleanup('to_clean');
    expect([removed.exitCode, removed.stdout]).toEqual([
      0,
      expect.stringContaining('removed  load into a database  ours') as unknown,
    ]);
    expect(
      await run(
        `SELECT nspname AS name FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'
         UNION ALL SELECT relname FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_'
         UNION ALL SELECT proname FROM pg_proc WHERE oid >= 16384
         UNION ALL SELECT oid::text FROM pg_largeobject_metadata`,
        'to_clean',
      ),
    ).toEqual([{ name: 'app' }, { name: '4711' }]);
    expect(await load('other', 'to_clean')).toMatchObject({ exitCode: 0 });
  });
});
