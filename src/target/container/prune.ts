import { systemClock } from '../../clock.ts';
import { itemsToRemove, type PruneOptions } from '../cache-items.ts';
import type { Home } from '../home.ts';
import type { Engine } from './engine.ts';
import { listDatasetVolumes, removeDataset, type DatasetVolume } from './volumes.ts';

export interface PrunedVolumes {
  readonly removed: readonly DatasetVolume[];
  /** Would have gone, but a container has them. */
  readonly inUse: readonly DatasetVolume[];
}

/** `keep`: names. Least recently used first, as in the cache of data directories. */
export async function pruneDatasetVolumes(
  engine: Engine,
  home: Pick<Home, 'path'>,
  options: PruneOptions,
): Promise<PrunedVolumes> {
  const all = await listDatasetVolumes(engine, home);
  const items = all.map((volume) => ({ ...volume, directory: volume.name, inUse: false }));
  const outcome = { removed: [] as DatasetVolume[], inUse: [] as DatasetVolume[] };
  for (const volume of itemsToRemove(items, options, systemClock.wallTime())) {
    const isGone = options.dryRun === true || (await removeDataset(engine, volume));
    outcome[isGone ? 'removed' : 'inUse'].push(volume);
  }
  return outcome;
}
