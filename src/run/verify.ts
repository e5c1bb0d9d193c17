import { Failure } from '../errors.ts';
import type { ResolvedDataset } from '../plan/index.ts';
import { verifyDataset, type StateCard } from '../seed/index.ts';
import {
  createInstance,
  datasetCache,
  MEASURE_SETTINGS,
  SHIELD,
  type ForeignDatabase,
  type Home,
  type ServerBuild,
} from '../target/index.ts';

import { DATABASE, datasetKey, type Surroundings } from './cached-dataset.ts';
import { reachedDatabase } from './named-database.ts';

export interface Verification {
  readonly dataset: ResolvedDataset;
  /** Everything counted instead of estimated from statistics. */
  readonly exact: boolean;
}

/** Of a database that is there already. */
export async function verifyDatabase(
  { dataset, exact }: Verification,
  foreign: ForeignDatabase,
  { stop }: Surroundings,
): Promise<StateCard> {
  // Its tables are named with their schemas, and whose database it is nobody knows.
  const connection = { ...(await reachedDatabase(foreign)), session: SHIELD };
  return await stop.race(verifyDataset({ connection, dataset, exact, signal: stop.signal }));
}

/** Nothing shall change what is looked at. */
const QUIET_SETTINGS = { ...MEASURE_SETTINGS, autovacuum: 'off', fsync: 'off' };

/** Of a copy of the cached one: a server writes into its data directory, if only its log. */
export async function verifyCached(
  { dataset, exact }: Verification,
  { home, build }: { readonly home: Home; readonly build: ServerBuild },
  { stop, onEvent }: Surroundings,
): Promise<StateCard> {
  const cache = datasetCache(home, build);
  const entry = await cache.find(datasetKey(dataset));
  if (entry === undefined) throw notThere(dataset, build);
  await using instance = await createInstance(home, build);
  onEvent({ kind: 'stage', stage: 'starting', note: 'copying the dataset from the cache' });
  if (!(await cache.cloneInto(entry, instance, stop.signal))) throw notThere(dataset, build);
  const server = await instance.start(QUIET_SETTINGS, stop.signal);
  const connection = { ...server.connection, database: DATABASE };
  return await stop.race(verifyDataset({ connection, dataset, exact, signal: stop.signal }));
}

function notThere({ name, scale, seed }: ResolvedDataset, { version }: ServerBuild): Failure {
  return new Failure('target.unavailable', {
    message: `${name} at scale ${scale} with seed ${seed} is not in the cache for PostgreSQL ${version}`,
    hint: 'rehearse dataset load brings it there; rehearse cache list shows what is there',
  });
}
