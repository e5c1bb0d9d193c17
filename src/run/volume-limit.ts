import { cacheLimit, containers, type DatasetVolume, type Engine, type Home } from '../target/index.ts';
import { formatSize } from '../units.ts';

export interface LimitWork {
  readonly keep: DatasetVolume;
  readonly tell: (note: string) => void;
}

/** After each publication, so that the volumes never grow by themselves beyond the limit of the cache. */
export async function keepVolumesToLimit(
  engine: Engine,
  home: Home,
  { keep, tell }: LimitWork,
): Promise<void> {
  const { pruneDatasetVolumes } = await containers();
  const limit = await cacheLimit(home);
  const { removed } = await pruneDatasetVolumes(engine, home, { maxBytes: limit, keep: [keep.name] });
  if (removed.length === 0) return;
  tell(`removed volumes to keep them within ${formatSize(limit)}: ${removed.map(describeVolume).join(', ')}`);
}

export const describeVolume = ({ facts, size, image }: DatasetVolume): string =>
  `${facts.dataset} at scale ${facts.scale} for ${image} (${formatSize(size)})`;
