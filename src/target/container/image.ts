import { ImageName } from 'testcontainers';

import { Failure } from '../../errors.ts';
import { refusalOf, statusOf, type Engine } from './engine.ts';

/** An image of PostgreSQL that keeps to the contract of the official one (docker-library/postgres). */
export interface ContainerImage {
  /** As written: `postgres:16`. */
  readonly reference: string;
  /** `sha256:…` of this engine's copy: what a dataset was loaded with. */
  readonly id: string;
  /** `sha256:…` in its registry, for the report; undefined: built here. */
  readonly digest: string | undefined;
  readonly data: DataPlace;
}

export interface DataPlace {
  /** PGDATA. */
  readonly directory: string;
  /** Where a volume has to be for it: the one that the image declares, for there it has the right owner; else the directory itself. */
  readonly mount: string;
}

export interface ImageWork {
  readonly signal: AbortSignal;
  readonly onPull: () => void;
}

/** Pulls it where the engine has none. Throws `Failure('target.unavailable')`. */
export async function containerImage(
  engine: Engine,
  reference: string,
  { signal, onPull }: ImageWork,
): Promise<ContainerImage> {
  const here = await inspect(engine, reference);
  if (here !== undefined) return here;
  onPull();
  await pull(engine, reference, signal);
  const pulled = await inspect(engine, reference);
  if (pulled !== undefined) return pulled;
  throw noImage(reference, 'the engine has pulled it, and has no such image');
}

async function inspect({ docker }: Engine, reference: string): Promise<ContainerImage | undefined> {
  try {
    const { Id, RepoDigests, Config } = await docker.getImage(nameOf(reference)).inspect();
    const digest = RepoDigests.find((one) => one.includes('@'));
    return { reference, id: Id, digest: digest?.replace(/^.*@/, ''), data: dataPlace(Config) };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw noImage(reference, refusalOf(error), error);
  }
}

/** testcontainers logs in where the registry wants it; it does not know how to stop, so the engine's client does. */
async function pull({ client, docker }: Engine, reference: string, signal: AbortSignal): Promise<void> {
  const plain = docker.pull.bind(docker);
  const stoppable = (tag: string, options: object): unknown =>
    plain(tag, { ...options, abortSignal: signal });
  Object.assign(docker, { pull: stoppable });
  try {
    await client.image.pull(ImageName.fromString(reference));
  } catch (error) {
    signal.throwIfAborted();
    throw noImage(reference, refusalOf(error), error);
  } finally {
    Object.assign(docker, { pull: plain });
  }
}

/** What testcontainers makes of it: `postgres` is `postgres:latest`. */
export const nameOf = (reference: string): string => ImageName.fromString(reference).string;

const noImage = (reference: string, reason: string, cause?: unknown): Failure =>
  new Failure('target.unavailable', {
    message: `the image ${reference} can not be had: ${reason}`,
    hint: `see what docker pull ${reference} says; an image of a registry with a password needs docker login`,
    cause,
  });

interface ImageConfig {
  readonly Env: readonly string[] | null;
  readonly Volumes: Readonly<Record<string, object>> | null;
}

/** Until 17 the official images declare the data directory as a volume, from 18 on the directory above it. */
export function dataPlace({ Env, Volumes }: ImageConfig): DataPlace {
  const directory = Env?.find((one) => one.startsWith('PGDATA='))?.slice(7) ?? '/var/lib/postgresql/data';
  const declared = Object.keys(Volumes ?? {}).filter((path) => `${directory}/`.startsWith(`${path}/`));
  return { directory, mount: declared.toSorted((one, other) => other.length - one.length)[0] ?? directory };
}
