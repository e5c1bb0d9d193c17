import {
  containers,
  mayHaveEngine,
  type DatasetVolume,
  type Engine,
  type Home,
  type PruneOptions,
} from '../target/index.ts';
import { bytes, formatCount, formatSize } from '../units.ts';

/** The datasets in volumes of a Docker engine, least recently used first; none where there is no engine. */
export async function cachedVolumes(home: Home): Promise<readonly DatasetVolume[]> {
  const engine = await engineIfThere();
  if (engine === undefined) return [];
  const { listDatasetVolumes } = await containers();
  return await listDatasetVolumes(engine, home);
}

/** What `pruneCache` does to data directories; a limit is theirs and the volumes', each for itself. */
export async function pruneVolumes(
  home: Home,
  options: PruneOptions,
): Promise<{ readonly removed: readonly DatasetVolume[]; readonly inUse: readonly DatasetVolume[] }> {
  const engine = await engineIfThere();
  if (engine === undefined) return { removed: [], inUse: [] };
  const { pruneDatasetVolumes } = await containers();
  return await pruneDatasetVolumes(engine, home, options);
}

async function engineIfThere(): Promise<Engine | undefined> {
  if (!mayHaveEngine()) return undefined;
  const { containerEngine } = await containers();
  return await containerEngine().catch(() => undefined);
}

/** In the columns of `rehearse cache list`. */
export const volumeCells = (volume: DatasetVolume): readonly string[] => {
  const { facts, size, serverVersion, image, created, lastUsed, name } = volume;
  return [
    facts.dataset,
    String(facts.scale),
    String(facts.seed),
    formatCount(facts.rows),
    formatSize(size),
    `${serverVersion.replace(/ .*/, '')} (${image})`,
    minutes(created),
    minutes(lastUsed),
    name.replace(/^.*-/, '').slice(0, 12),
  ];
};

export const volumeJson = (volume: DatasetVolume): unknown => {
  const { facts, size, serverVersion, image, created, lastUsed, name } = volume;
  const data = volume.volume;
  const server = { version: serverVersion, source: image };
  return { kind: 'volume', name, volume: data, size, lastUsed, created, server, ...facts };
};

export function volumeTotal(volumes: readonly DatasetVolume[], limit: string): string {
  if (volumes.length === 0) return '';
  const size = formatSize(bytes(volumes.reduce((sum, one) => sum + one.size, 0)));
  return `${volumes.length} in volumes of the Docker engine, ${size} of at most ${limit}\n`;
}

/** `2026-11-22 18:30`, UTC. */
export const minutes = (iso: string): string => iso.slice(0, 16).replace('T', ' ');
