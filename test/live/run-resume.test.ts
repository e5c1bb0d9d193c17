import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { datasetCache, findBuild, withSession } from '#rooms/target/index.js';
import { command, emptyHome, startCommand, type RunningCommand, type TestHome } from './rehearsal.js';
import { homeAt, newInstance, processesAt, TEST_SETTINGS, until } from './server.js';

/* An interrupted load goes on where it ended, and what comes out is what would have come out at once. */

const TABLES = ['one', 'two', 'three', 'four'];
const SCHEMA = TABLES.map(
  (name) => `CREATE TABLE ${name} (id bigint PRIMARY KEY, label text NOT NULL, amount numeric(10, 2));
CREATE INDEX ON ${name} (label);
CREATE INDEX ON ${name} (amount, label);`,
).join('\n');

function datasetIn({ files }: TestHome): string {
  writeFileSync(join(files, 'store.sql'), SCHEMA);
  const tables = Object.fromEntries(TABLES.map((name) => [name, { rows: 150_000, scale: 'fixed' }]));
  writeFileSync(join(files, 'store.yaml'), JSON.stringify({ schema: './store.sql', tables }));
  return join(files, 'store.yaml');
}

interface Loaded {
  readonly key: string;
  readonly skipped: number;
  readonly outcome: string;
  readonly rows: number;
}

async function loaded(home: TestHome): Promise<Loaded> {
  const { exitCode, stdout, stderr } = await command(['dataset', 'load', datasetIn(home), '--json'], {
    home,
  });
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Loaded;
}

/** Of every row of every table, from a copy of the entry. */
async function contentOf(home: TestHome, key: string): Promise<readonly unknown[]> {
  const ours = await homeAt(home.path);
  const cache = datasetCache(ours, await findBuild(ours));
  const entry = await cache.find(key);
  await using instance = await newInstance(ours);
  await cache.cloneInto(entry!, instance);
  const server = await instance.start(TEST_SETTINGS);
  const content = TABLES.map(
    (name) => `SELECT '${name}' AS name, count(*), sum(hashtextextended(t::text, 0)) FROM ${name} t`,
  );
  return await withSession({ ...server.connection, database: 'rehearsal' }, 'audit', async (session) => {
    const rows = (await session.query(`${content.join(' UNION ALL ')} ORDER BY name`)).rows;
    const objects = (await session.query(OBJECTS)).rows;
    return [...rows, ...objects];
  });
}

const OBJECTS = `SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i'
UNION ALL SELECT nspname, '' FROM pg_namespace WHERE nspname = 'rehearse' ORDER BY 1`;

const doing = (home: TestHome, what: RegExp) => (): boolean =>
  processesAt(join(home.path, 'datasets')).some(({ commandLine }) => what.test(commandLine));

const noServer = (home: TestHome) => (): boolean => processesAt(join(home.path, 'datasets')).length === 0;

const entries = (home: TestHome): readonly string[] =>
  readdirSync(join(home.path, 'datasets')).filter((name) => !name.endsWith('.seeding'));

describe.concurrent('a load that is killed while indexes are built', () => {
  it.each(['harness', 'server'] as const)(
    'by SIGKILL of the %s: finished tables are not loaded again, and the content is that of a load without a kill',
    async (victim) => {
      await using home = emptyHome();
      await using calm = emptyHome();
      const running = startCommand(['dataset', 'load', datasetIn(home)], { home });
      await until('indexes are built', doing(home, /CREATE INDEX|ALTER TABLE/));
      if (victim === 'harness') running.child.kill('SIGKILL');
      else process.kill(postmasterOf(home), 'SIGKILL');
      const { exitCode, stderr } = await running.ended;
      expect(exitCode, stderr).toBe(victim === 'harness' ? null : 3);
      expect(entries(home)).toEqual([]);

      const again = await loaded(home);
      expect(again).toMatchObject({ outcome: 'loaded', rows: 600_000, skipped: 4 });
      const undisturbed = await loaded(calm);
      expect(undisturbed).toMatchObject({ key: again.key, skipped: 0 });
      expect(await contentOf(home, again.key)).toEqual(await contentOf(calm, undisturbed.key));
      await until('no server is left', noServer(home));
    },
  );
});

describe.concurrent('two loads of one dataset at once', () => {
  it('one loads, the other waits and says for whom; both have it then', async () => {
    await using home = emptyHome();
    const [first, second] = await oneWaits(home);
    first.child.kill('SIGCONT');
    const [one, other] = await Promise.all([first.ended, second.ended]);
    expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
    expect(one.stdout).toContain('loaded 600,000 rows');
    expect(other.stdout).toContain('is in the cache since');
    expect(entries(home)).toHaveLength(1);
  });

  it('Ctrl-C ends the one that waits, and the other is not disturbed', async () => {
    await using home = emptyHome();
    const [first, second] = await oneWaits(home);
    second.signal('SIGINT');
    expect((await second.ended).exitCode).toBe(130);
    first.child.kill('SIGCONT');
    expect((await first.ended).exitCode).toBe(0);
  });

  it('when the first is killed, the second takes over', async () => {
    await using home = emptyHome();
    const [first, second] = await oneWaits(home);
    first.child.kill('SIGKILL');
    const { exitCode, stdout, stderr } = await second.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('going on where an interrupted load ended');
    expect(stdout).toContain('4 tables or partitions were there from an interrupted load');
  });
});

/** The first stands still while it builds indexes, so the second has all the time to find it at work. */
async function oneWaits(home: TestHome): Promise<readonly [RunningCommand, RunningCommand]> {
  const first = startCommand(['dataset', 'load', datasetIn(home)], { home });
  await until('the first builds indexes', doing(home, /CREATE INDEX|ALTER TABLE/));
  first.child.kill('SIGSTOP');
  const second = startCommand(['dataset', 'load', datasetIn(home)], { home });
  await second.says(new RegExp(`another rehearsal \\(pid ${first.child.pid}\\) is loading this dataset`));
  return [first, second];
}

function postmasterOf(home: TestHome): number {
  const server = processesAt(join(home.path, 'datasets')).find(({ commandLine }) =>
    / -D \S+/.test(commandLine),
  );
  return server!.pid;
}
