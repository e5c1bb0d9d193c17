import { Failure } from '../errors.ts';
import type { ResolvedDataset, Scenario } from '../plan/index.ts';
import { seedDataset, type SeedSummary } from '../seed/index.ts';
import {
  containers,
  LOAD_SETTINGS,
  numberOf,
  requireUsable,
  textOf,
  withSession,
  type ContainerImage,
  type DatasetVolume,
  type Engine,
  type Home,
  type LoadingPlace,
  type VolumeCopy,
} from '../target/index.ts';
import { bytes, formatCount, formatSize } from '../units.ts';

import { datasetKey, DATABASE, deathOr, type Surroundings } from './cached-dataset.ts';
import { keepVolumesToLimit } from './volume-limit.ts';

export interface ContainerDataset {
  readonly engine: Engine;
  readonly image: ContainerImage;
  readonly dataset: ResolvedDataset;
  readonly wishes: Scenario['container'];
  /** Undefined: no place on this machine for notes on what was used when. */
  readonly home: Home | undefined;
}

/** A volume with the dataset that goes with the run: copied from the one that stays, which is loaded now where there is none. */
export async function datasetForRun(
  wanted: ContainerDataset,
  surroundings: Surroundings,
): Promise<{ readonly fromCache: boolean; readonly copy: VolumeCopy }> {
  const { engine, image, home } = wanted;
  const { stop, onEvent } = surroundings;
  const { copyOfDataset, noteUse } = await containers();
  for (;;) {
    const { fromCache, dataset } = await obtain(wanted, surroundings);
    const note = `copying the dataset from its volume (${formatSize(dataset.size)})`;
    onEvent({ kind: 'stage', stage: 'starting', note });
    if (home !== undefined) await noteUse(home, dataset.name).catch(() => undefined);
    const copy = await copyOfDataset(engine, { image, dataset, signal: stop.signal });
    // Undefined: somebody has just removed it.
    if (copy !== undefined) return { fromCache, copy };
  }
}

async function obtain(
  wanted: ContainerDataset,
  surroundings: Surroundings,
): Promise<{ readonly fromCache: boolean; readonly dataset: DatasetVolume }> {
  const { engine, image, dataset, wishes, home } = wanted;
  const { stop, onEvent } = surroundings;
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'seeding', note });
  const { obtainDatasetVolume } = await containers();
  const obtained = await obtainDatasetVolume(engine, {
    ...{ image, wishes, home, database: DATABASE, settings: LOAD_SETTINGS, signal: stop.signal },
    key: datasetKey(dataset),
    onWait: (pid) =>
      tell(
        `another rehearsal (${pid === undefined ? 'on another host' : `pid ${pid}`}) is loading this dataset; waiting for it`,
      ),
  });
  if (obtained.kind === 'found') return { fromCache: true, dataset: obtained.dataset };
  await using place = obtained.place;
  await requireUsable(place.server.connection);
  const rows = dataset.tables.reduce((sum, table) => sum + table.rows, 0);
  tell(`${formatCount(rows)} rows`);
  const summary = await load(place, dataset, surroundings);
  const facts = await factsOf(place, dataset, summary);
  tell('bringing it to the disk, for this run and the next ones');
  const published = await place.publish(facts);
  if (home !== undefined) await keepVolumesToLimit(engine, home, { keep: published, tell });
  return { fromCache: false, dataset: published };
}

async function load(
  { server }: LoadingPlace,
  dataset: ResolvedDataset,
  { clock, stop, onEvent }: Surroundings,
): Promise<SeedSummary> {
  const seeding = stop.race(
    seedDataset({
      connection: server.connection,
      dataset,
      clock,
      signal: stop.signal,
      onProgress: (progress) => onEvent({ kind: 'seed', progress }),
      ownServer: true,
      resume: false,
    }),
  );
  return await seeding.catch(async (error: unknown) => {
    const reason = await deathOr(error, server, clock);
    if (!(reason instanceof Failure) || reason.code !== 'target.lost') throw reason;
    throw new Failure('target.lost', {
      message: `${reason.message}\n${await server.logTail()}`,
      hint: 'nothing of it is kept: the next run loads the dataset anew',
      cause: error,
    });
  });
}

/** Cost: the sizes of the database's files. 14–18. */
const SIZE = `
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS size, pg_catalog.current_setting('server_version') AS version`;

async function factsOf(
  { server }: LoadingPlace,
  { name, scale, seed }: ResolvedDataset,
  { rows }: SeedSummary,
): Promise<Pick<DatasetVolume, 'facts' | 'serverVersion' | 'size'>> {
  const row = await withSession(
    server.connection,
    'audit',
    async (session) => (await session.query(SIZE)).rows[0] ?? {},
  );
  return {
    facts: { dataset: name, scale, seed, rows },
    serverVersion: textOf(row, 'version'),
    size: bytes(numberOf(row, 'size')),
  };
}
