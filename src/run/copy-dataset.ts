import type { ResolvedDataset } from '../plan/index.ts';
import { datasetCache, type DatasetEntry, type Instance } from '../target/index.ts';
import { formatSize } from '../units.ts';

import { cachedDataset, type CachedDataset, type Surroundings } from './cached-dataset.ts';

/** The dataset in the cache of the instance's home, seeded now where it is not there. Then `copyDataset`. */
export async function obtainDataset(
  { home, build }: Instance,
  dataset: ResolvedDataset,
  surroundings: Surroundings,
): Promise<CachedDataset> {
  return await cachedDataset({ home, build, dataset, copied: true }, surroundings);
}

/** Fills the empty instance; `stopped` afterwards. */
export async function copyDataset(
  entry: DatasetEntry,
  instance: Instance,
  dataset: ResolvedDataset,
  surroundings: Surroundings,
): Promise<void> {
  const { stop, onEvent } = surroundings;
  const note = `copying the dataset from the cache (${formatSize(entry.size)})`;
  onEvent({ kind: 'stage', stage: 'starting', note });
  const cache = datasetCache(instance.home, instance.build);
  // Somebody else may just have removed it.
  for (let next = entry; !(await cache.cloneInto(next, instance, stop.signal));)
    next = (await obtainDataset(instance, dataset, surroundings)).entry;
  // Else the kernel writes the copy back while the baseline is measured.
  await instance.sync();
}
