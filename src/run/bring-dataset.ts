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

/** Fills the empty instance, from the cache or by seeding; `stopped` afterwards. Says whether it came from the cache. */
export async function bringDataset(
  instance: Instance,
  plan: Plan,
  { clock, stop, onEvent }: Surroundings,
): Promise<boolean> {
  const cache = datasetCache(instance.home, instance.build);
  const key = datasetKey(plan);
  const entry = await cache.find(key);
  if (entry !== undefined) {
    onEvent({
      kind: 'stage',
      stage: 'starting',
      note: `copying the dataset from the cache (${formatSize(entry.size)})`,
    });
    await cache.cloneInto(entry, instance, stop.signal);
    // Else the kernel writes the copy back while the baseline is measured.
    await instance.sync();
    return true;
  }
  const rows = plan.dataset.tables.reduce((sum, table) => sum + table.rows, 0);
  onEvent({ kind: 'stage', stage: 'seeding', note: `${formatCount(rows)} rows` });
  await instance.initialize();
  stop.check();
  await load(instance, plan, { clock, stop, onEvent });
  await instance.sync();
  onEvent({ kind: 'stage', stage: 'seeding', note: 'keeping a copy for the next run' });
  await cache.publish(key, instance, stop.signal);
  return false;
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
