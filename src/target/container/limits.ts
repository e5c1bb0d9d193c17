import type { Bytes, Milliseconds } from '../../units.ts';

/** What a container may take, as production's does; undefined: whatever the engine's machine has. */
export interface ContainerLimits {
  readonly cpus: number | undefined;
  readonly memory: Bytes | undefined;
  /** Size of /dev/shm, where parallel queries meet. */
  readonly sharedMemory: Bytes;
}

export interface ContainerWishes extends ContainerLimits {
  /** For the image's entrypoint: POSTGRES_INITDB_ARGS, and whatever else it knows. */
  readonly environment: Readonly<Record<string, string>>;
  /** From the start of the container until its server takes connections. */
  readonly startTimeout: Milliseconds;
}
