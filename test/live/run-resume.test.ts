import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { datasetCache, findBuild, withSession } from '#rooms/target/index.js';
import { command, emptyHome, startCommand, type RunningCommand, type TestHome } from './rehearsal.js';
import {
  homeAt,
  newInstance,
  processesAt,
  removeDirectory,
  temporaryDirectory,
  TEST_SETTINGS,
  textOf,
  until,
} from './server.js';

/* An interrupted load goes on where it ended, and what comes out is what would have come out at once. */

const TABLES = ['one', 'two', 'three', 'four'];
const ROWS = 5_000;

let directory: string;
/** While there is such a file, the last index of each table is not finished: a load stands still, with all the time to be found at it. */
let hold: string;
let calm: { readonly key: string; readonly content: readonly unknown[] };

const schema = (): string => `
CREATE FUNCTION unhurried(label text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF (pg_stat_file('${hold}', true)).size IS NOT NULL THEN RAISE WARNING 'held'; END IF;
  WHILE (pg_stat_file('${hold}', true)).size IS NOT NULL LOOP PERFORM pg_sleep(0.01); END LOOP;
  RETURN label;
END $$;
${TABLES.map(
  (name) => `CREATE TABLE ${name} (id bigint PRIMARY KEY, label text NOT NULL, amount numeric(10, 2));
CREATE INDEX ON ${name} (label);
CREATE INDEX ON ${name} (unhurried(label));`,
).join('\n')}`;

beforeAll(async () => {
  directory = temporaryDirectory();
  hold = join(directory, 'hold');
  await using home = emptyHome();
  const { key, skipped } = await loaded(home);
  expect(skipped).toBe(0);
  calm = { key, content: await contentOf(home, key) };
});

afterAll(() => removeDirectory(directory));

function datasetIn({ files }: TestHome): string {
  writeFileSync(join(files, 'store.sql'), schema());
  const tables = Object.fromEntries(TABLES.map((name) => [name, { rows: ROWS, scale: 'fixed' }]));
  writeFileSync(join(files, 'store.yaml'), JSON.stringify({ schema: './store.sql', tables }));
  return join(files, 'store.yaml');
}

/** A load that stands still while it builds an index. */
async function held(home: TestHome): Promise<RunningCommand> {
  writeFileSync(hold, '');
  const running = startCommand(['dataset', 'load', datasetIn(home)], { home });
  // Not by its command: the schema makes its indexes too, before there are rows.
  await until('an index of rows is built', () => serverLog(home).includes('WARNING:  held'));
  return running;
}

const letGo = (): void => rmSync(hold, { force: true });

afterEach(letGo);

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

const serverLog = ({ path }: TestHome): string =>
  seedingPlaces(path)
    .map((place) => textOf(join(path, 'datasets', place, 'server.log')))
    .join('');

const seedingPlaces = (path: string): readonly string[] =>
  existsSync(join(path, 'datasets'))
    ? readdirSync(join(path, 'datasets')).filter((name) => name.endsWith('.seeding'))
    : [];

const noServer = (home: TestHome) => (): boolean => processesAt(join(home.path, 'datasets')).length === 0;

const entries = (home: TestHome): readonly string[] =>
  readdirSync(join(home.path, 'datasets')).filter((name) => !name.endsWith('.seeding'));

describe('a load that is killed while indexes are built', () => {
  it.each(['harness', 'server'] as const)(
    'by SIGKILL of the %s: finished tables are not loaded again, and the content is that of a load without a kill',
    async (victim) => {
      await using home = emptyHome();
      const running = await held(home);
      if (victim === 'harness') running.child.kill('SIGKILL');
      else process.kill(postmasterOf(home), 'SIGKILL');
      const { exitCode, stderr } = await running.ended;
      expect(exitCode, stderr).toBe(victim === 'harness' ? null : 3);
      expect(entries(home)).toEqual([]);
      letGo();

      const again = await loaded(home);
      expect(again).toMatchObject({ outcome: 'loaded', key: calm.key, rows: 4 * ROWS, skipped: 4 });
      expect(await contentOf(home, again.key)).toEqual(calm.content);
      await until('no server is left', noServer(home));
    },
  );
});

describe('two loads of one dataset at once', () => {
  it('Ctrl-C ends one that waits; the first loads undisturbed, another waits and says for whom; both have it then', async () => {
    await using home = emptyHome();
    const [first, second] = await oneWaits(home);
    const third = await waitsFor(first, home);
    second.signal('SIGINT');
    expect((await second.ended).exitCode).toBe(130);
    letGo();
    const [one, other] = await Promise.all([first.ended, third.ended]);
    expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
    expect(one.stdout).toContain('loaded 20,000 rows');
    expect(other.stdout).toContain('is in the cache since');
    expect(entries(home)).toHaveLength(1);
  });

  it('when the first is killed, the second takes over', async () => {
    await using home = emptyHome();
    const [first, second] = await oneWaits(home);
    first.child.kill('SIGKILL');
    letGo();
    const { exitCode, stdout, stderr } = await second.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('going on where an interrupted load ended');
    expect(stdout).toContain('4 tables or partitions were there from an interrupted load');
  });
});

/** The first builds indexes for as long as it is held. */
async function oneWaits(home: TestHome): Promise<readonly [RunningCommand, RunningCommand]> {
  const first = await held(home);
  return [first, await waitsFor(first, home)];
}

async function waitsFor(first: RunningCommand, home: TestHome): Promise<RunningCommand> {
  const waiting = startCommand(['dataset', 'load', datasetIn(home)], { home });
  await waiting.says(new RegExp(`another rehearsal \\(pid ${first.child.pid}\\) is loading this dataset`));
  return waiting;
}

function postmasterOf(home: TestHome): number {
  const server = processesAt(join(home.path, 'datasets')).find(({ commandLine }) =>
    / -D \S+/.test(commandLine),
  );
  return server!.pid;
}
