import { createHash } from 'node:crypto';

import type { Clock } from '../clock.ts';
import type { Plan } from '../plan/index.ts';
import { seedDataset } from '../seed/index.ts';
import {
  connect,
  datasetCache,
  LOAD_SETTINGS,
  withSession,
  type ConnectionSettings,
  type DatasetEntry,
  type Instance,
} from '../target/index.ts';
import { formatCount, formatSize } from '../units.ts';

import type { RunEvent } from './events.ts';
import type { Stop } from './stop.ts';

/** The database that holds the dataset, in each of our servers. */
export const DATABASE = 'rehearsal';

export interface Surroundings {
  readonly clock: Clock;
  readonly stop: Stop;
  readonly onEvent: (event: RunEvent) => void;
}

export const datasetKey = (plan: Plan): string =>
  createHash('sha256').update(plan.dataset.fingerprint).digest('hex');

/** Seeds the empty instance, unless the cache has its dataset: that is returned. Then `copyDataset`. */
export async function prepareDataset(
  instance: Instance,
  plan: Plan,
  surroundings: Surroundings,
): Promise<DatasetEntry | undefined> {
  const { stop, onEvent } = surroundings;
  const entry = await datasetCache(instance.home, instance.build).find(datasetKey(plan));
  if (entry !== undefined) return entry;
  const rows = plan.dataset.tables.reduce((sum, table) => sum + table.rows, 0);
  onEvent({ kind: 'stage', stage: 'seeding', note: `${formatCount(rows)} rows` });
  await instance.initialize();
  stop.check();
  await load(instance, plan, surroundings);
  return undefined;
}

/** From the cache, or into it where it was seeded; the instance is `stopped` afterwards. */
export async function copyDataset(
  entry: DatasetEntry | undefined,
  instance: Instance,
  plan: Plan,
  { stop, onEvent }: Surroundings,
): Promise<void> {
  const cache = datasetCache(instance.home, instance.build);
  if (entry === undefined) {
    await instance.sync();
    onEvent({ kind: 'stage', stage: 'seeding', note: 'keeping a copy for the next run' });
    await cache.publish(datasetKey(plan), instance, stop.signal);
  } else {
    const note = `copying the dataset from the cache (${formatSize(entry.size)})`;
    onEvent({ kind: 'stage', stage: 'starting', note });
    await cache.cloneInto(entry, instance, stop.signal);
    // Else the kernel writes the copy back while the baseline is measured.
    await instance.sync();
  }
}

async function load(instance: Instance, plan: Plan, { clock, stop, onEvent }: Surroundings): Promise<void> {
  const server = await instance.start(LOAD_SETTINGS, stop.signal);
  await withSession(server.connection, 'seed', (session) => session.query(`CREATE DATABASE ${DATABASE}`));
  const connection: ConnectionSettings = { ...server.connection, database: DATABASE };
  await stop.race(
    seedDataset({
      connect: () => connect(connection, 'seed'),
      dataset: plan.dataset,
      clock,
      signal: stop.signal,
      onProgress: (progress) => onEvent({ kind: 'seed', progress }),
    }),
  );
  await instance.stop();
}
