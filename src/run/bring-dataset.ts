import type { ResolvedDataset } from '../plan/index.ts';
import { datasetCache, type Instance } from '../target/index.ts';
import { formatSize } from '../units.ts';

import { cachedDataset, type Surroundings } from './cached-dataset.ts';

/** Fills the empty instance with a copy of the cached dataset; `stopped` afterwards. Says whether it was there before. */
export async function bringDataset(
  instance: Instance,
  dataset: ResolvedDataset,
  surroundings: Surroundings,
): Promise<boolean> {
  const { stop, onEvent } = surroundings;
  const { home, build } = instance;
  const cache = datasetCache(home, build);
  for (;;) {
    const cached = await cachedDataset({ home, build, dataset, copied: true }, surroundings);
    const { entry } = cached;
    onEvent({
      kind: 'stage',
      stage: 'starting',
      note: `copying the dataset from the cache (${formatSize(entry.size)})`,
    });
    // Somebody else may just have removed it.
    if (!(await cache.cloneInto(entry, instance, stop.signal))) continue;
    // Else the kernel writes the copy back while the baseline is measured.
    await instance.sync();
    return cached.kind === 'found';
  }
}
