import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What stands on testcontainers: loaded only when asked for, for it takes a third of a second. */
export const containers = () => import('./container/index.ts');

export type {
  ContainerImage,
  ContainerServer,
  DatasetVolume,
  Engine,
  LoadingPlace,
  VolumeCopy,
} from './container/index.ts';

/**
 * Removes the containers and volumes that killed harnesses left in the Docker engine, and returns their names; `dryRun`: only the names. Cached datasets stay.
 * Nothing is loaded and nobody asked where there is no sign of an engine; rejects only where one answers and then fails.
 */
export async function sweepContainers({ dryRun = false } = {}): Promise<readonly string[]> {
  if (!mayHaveEngine()) return [];
  const { sweepFoundEngine } = await containers();
  return await sweepFoundEngine(dryRun);
}

/** Where engines listen: Docker and Podman as root, rootless, Docker Desktop, or what testcontainers is told. */
export function mayHaveEngine(environment: NodeJS.ProcessEnv = process.env): boolean {
  if ((environment['DOCKER_HOST'] ?? '') !== '') return true;
  const home = environment['HOME'] ?? homedir();
  const places = [
    '/var/run/docker.sock',
    join(environment['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`, 'docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.testcontainers.properties'),
  ];
  return places.some((place) => existsSync(place));
}
