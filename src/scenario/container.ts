import { bytes, milliseconds, type Bytes, type Milliseconds } from '../units.ts';

import type { ScenarioFile } from './definition.ts';
import type { IssueAt } from './issues.ts';
import type { Issue } from '../errors.ts';

/** How the container of `--target container:…` is made; of no meaning to other targets. */
export interface ContainerWish {
  /** Undefined: as many as the engine's machine has. */
  readonly cpus: number | undefined;
  /** Without swap; undefined: what the engine's machine has. */
  readonly memory: Bytes | undefined;
  /** Size of /dev/shm. */
  readonly sharedMemory: Bytes;
  /** For the image's entrypoint. */
  readonly environment: Readonly<Record<string, string>>;
  /** Until its server takes connections. */
  readonly startTimeout: Milliseconds;
}

/** A limit only. Docker's own 64 MB end parallel queries and parallel vacuums of moderate size, which no server outside of a container knows. */
const DEFAULT_SHARED_MEMORY = bytes(1024 ** 3);
const DEFAULT_START_TIMEOUT = milliseconds(120_000);

/** By them the harness makes its database and finds it. */
const HARNESS_VARIABLES: readonly string[] = [
  'POSTGRES_USER',
  'POSTGRES_PASSWORD',
  'POSTGRES_PASSWORD_FILE',
  'POSTGRES_DB',
  'PGDATA',
];

export function parseContainer(
  file: ScenarioFile['container'],
  issueAt: IssueAt,
  issues: Issue[],
): ContainerWish {
  for (const name of Object.keys(file.environment).filter((one) => HARNESS_VARIABLES.includes(one)))
    issues.push(
      issueAt(['container', 'environment', name], 'belongs to the harness, which makes its database by it'),
    );
  return {
    cpus: file.cpus,
    memory: file.memory,
    sharedMemory: file.shared_memory ?? DEFAULT_SHARED_MEMORY,
    environment: Object.fromEntries(
      Object.entries(file.environment).map(([name, value]) => [name, String(value)]),
    ),
    startTimeout: file.start_timeout ?? DEFAULT_START_TIMEOUT,
  };
}
