import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { SeedProgress } from '#rooms/seed/index.js';
import { LOAD_SETTINGS, type ConnectionSettings, type Home, type Instance } from '#rooms/target/index.js';

import { contentOf, datasetOf, newDatabase, OBJECTS, rowsOf, seeded } from './seeded.js';
import {
  ended,
  homeAt,
  newInstance,
  removeDirectory,
  startedInstance,
  startHarness,
  temporaryDirectory,
} from './server.js';

/** Several units, an enum value that needs a commit, an index that needs no transaction, keys, a view, a sequence. */
const SQL = `
CREATE TYPE mood AS ENUM ('fine');
ALTER TYPE mood ADD VALUE 'bad';
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, mood mood NOT NULL DEFAULT 'bad');
CREATE TABLE letters (id serial PRIMARY KEY, sender bigint NOT NULL REFERENCES people, receiver bigint REFERENCES people, body text);
CREATE INDEX CONCURRENTLY letters_receiver ON letters (receiver);
CREATE TABLE stamps (id int PRIMARY KEY, letter int NOT NULL REFERENCES letters, at timestamptz NOT NULL) ;
CREATE INDEX ON stamps (at);
CREATE MATERIALIZED VIEW busy AS SELECT sender, count(*) AS n FROM letters GROUP BY sender;
`;
const YAML = `tables:
  people: { rows: 20_000 }
  letters: { rows: 60_000 }
  stamps: { rows: 90_000 }
`;
const DATASET = datasetOf({ sql: SQL, yaml: YAML });

let directory: string;
let home: Home;
let instance: Instance;
let server: ConnectionSettings;
let undisturbed: Readonly<Record<string, string | null>>;
let objects: readonly unknown[];

beforeAll(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
  const started = await startedInstance(home);
  instance = started.instance;
  server = started.server.connection;
  const settings = await newDatabase(server, 'undisturbed');
  await seeded({ settings, dataset: DATASET });
  undisturbed = await contentOf(settings, DATASET);
  objects = await rowsOf(settings, OBJECTS);
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

/** A process that loads, says when it has come to the moment, and then goes on until it is killed. */
async function killedAt(settings: ConnectionSettings, moment: string, connections = 1): Promise<void> {
  const room = (name: string): string =>
    JSON.stringify(new URL(`../../dist/${name}.js`, import.meta.url).href);
  const harness = startHarness(
    `const { parseDataset, resolveDataset } = await import(${room('dataset/index')});
     const { seedDataset } = await import(${room('seed/index')});
     const { systemClock } = await import(${room('clock')});
     const source = { file: 'test.yaml', text: ${JSON.stringify(`schema: ./test.sql\n${YAML}`)} };
     const parsed = parseDataset(source, () => ({ file: 'test.sql', text: ${JSON.stringify(SQL)} }));
     let said = false;
     const onProgress = (progress) => { if (!said && (${moment})) { said = true; say('there'); } };
     await seedDataset({
       connection: ${JSON.stringify(settings)}, dataset: resolveDataset(parsed.value, { scale: 1 }), clock: systemClock,
       signal: new AbortController().signal, onProgress, connections: ${connections}, ownServer: true, resume: false,
     });
     await forever();`,
    { home: directory },
  );
  expect(await harness.nextLine()).toBe('there');
  harness.child.kill('SIGKILL');
  await ended(harness);
}

/** What people would have seen of it, and how much had been finished. */
const MOMENTS: readonly (readonly [title: string, moment: string, least: number])[] = [
  ['while the schema is made', `progress.kind === 'schema'`, 0],
  ['when the first rows come', `progress.kind === 'loading'`, 0],
  ['while pages are vacuumed', `progress.kind === 'vacuuming'`, 3],
  ['between two indexes', `progress.kind === 'indexing' && progress.n >= 2`, 3],
];

/** Or soon after, where the rest of the rows comes faster than progress is told. */
const inTheRows = (count: number): string =>
  `progress.kind === 'loading' ? progress.totalRows > ${count} : progress.kind !== 'schema'`;

/** Loads the rest: what had been finished was not loaded again, and all is as if nobody had been killed. */
async function goesOn(settings: ConnectionSettings, least: number): Promise<void> {
  const loaded: string[] = [];
  const onProgress = (progress: SeedProgress): void => {
    if (progress.kind === 'loading') loaded.push(progress.table);
  };
  const summary = await seeded({ settings, dataset: DATASET, resume: true, onProgress });
  expect(summary.skipped).toBeGreaterThanOrEqual(least);
  expect(new Set(loaded).size).toBe(3 - summary.skipped);
  expect(await contentOf(settings, DATASET)).toEqual(undisturbed);
  expect(await rowsOf(settings, OBJECTS)).toEqual(objects);
  expect(await rowsOf(settings, `SELECT FROM pg_namespace WHERE nspname = 'rehearse'`)).toEqual([]);
}

describe('a loader that is killed', () => {
  it.each(MOMENTS)('%s loses nothing that was finished', async (_, moment, least) => {
    const name = `killed_${MOMENTS.findIndex((one) => one[1] === moment)}`;
    const settings = await newDatabase(server, name);
    await killedAt(settings, moment);
    await goesOn(settings, least);
  });

  it('is not taken up by who wants a new database, nor by another dataset; in the middle of the rows nothing is lost', async () => {
    const settings = await newDatabase(server, 'killed_midway');
    await killedAt(settings, inTheRows(100_000));
    const expected = { code: 'seed.failed', where: 'schema rehearse' };
    await expect(seeded({ settings, dataset: DATASET })).rejects.toMatchObject(expected);
    const other = datasetOf({ sql: SQL, yaml: 'seed: 7' });
    await expect(seeded({ settings, dataset: other, resume: true })).rejects.toMatchObject({
      ...expected,
      message: 'the database holds an unfinished load of another dataset',
    });
    await goesOn(settings, 1);
  });

  it('with several connections loses nothing either', async () => {
    const settings = await newDatabase(server, 'killed_threads');
    await killedAt(settings, inTheRows(50_000), 3);
    const summary = await seeded({ settings, dataset: DATASET, resume: true, connections: 2 });
    expect(summary.rows).toBe(170_000);
    expect(await contentOf(settings, DATASET)).toEqual(undisturbed);
    expect(await rowsOf(settings, OBJECTS)).toEqual(objects);
  });

  it('after its end has nothing left to do', async () => {
    const settings = { ...server, database: 'undisturbed' };
    const summary = await seeded({ settings, dataset: DATASET, resume: true });
    expect(summary).toMatchObject({ rows: 170_000, skipped: 3 });
  });
});

describe('a server that is killed', () => {
  it('in load mode, with no synchronous disk, loses nothing that was finished', async () => {
    await using own = await newInstance(home);
    await own.initialize();
    const first = await own.start(LOAD_SETTINGS);
    const settings = await newDatabase(first.connection, 'crashed');
    const pid = Number(readFileSync(join(own.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    let killed = false;
    const onProgress = (progress: SeedProgress): void => {
      const isEarly =
        progress.kind === 'loading' ? progress.totalRows <= 100_000 : progress.kind === 'schema';
      if (killed || isEarly) return;
      killed = true;
      process.kill(pid, 'SIGKILL');
    };
    const seeding = seeded({ settings, dataset: DATASET, onProgress });
    await expect(seeding).rejects.toMatchObject({ code: 'target.lost' });
    await first.exited;
    await own.stop();
    const again = { ...(await own.start(LOAD_SETTINGS)).connection, database: 'crashed' };
    const summary = await seeded({ settings: again, dataset: DATASET, resume: true });
    expect(summary.skipped).toBeGreaterThan(0);
    expect(await contentOf(again, DATASET)).toEqual(undisturbed);
  });
});
