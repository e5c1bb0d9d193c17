import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';

import { Failure, messageOf } from '../../errors.ts';

/** The Docker engine, or what speaks its language (Podman, Colima, Rancher Desktop), as testcontainers finds it. */
export interface Engine {
  readonly client: ContainerRuntimeClient;
  readonly docker: ContainerRuntimeClient['container']['dockerode'];
  /** Where the ports of its containers are reached. */
  readonly host: string;
}

/** Throws `Failure('target.unavailable')` where there is none. */
export async function containerEngine(): Promise<Engine> {
  const client = await getContainerRuntimeClient().catch((error: unknown) => {
    throw new Failure('target.unavailable', {
      message: `--target container:… needs a Docker engine, and none answers: ${messageOf(error)}`,
      hint: 'start it, and see that docker ps works as this user; DOCKER_HOST names an engine in another place',
      cause: error,
    });
  });
  const { host } = client.info.containerRuntime;
  // By that name some systems mean ::1 first, where the port is not.
  return { client, docker: client.container.dockerode, host: host === 'localhost' ? '127.0.0.1' : host };
}

/** HTTP status of an engine's refusal: 404 not there, 409 in use or taken; undefined: no answer of an engine. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** What the engine said, without dockerode's words around it. */
export function refusalOf(error: unknown): string {
  const said = error instanceof Error && 'json' in error ? error.json : undefined;
  return typeof said === 'object' && said !== null && 'message' in said && typeof said.message === 'string'
    ? said.message.trim()
    : messageOf(error).replace(/^\(HTTP code \d+\) [\w ]+ - /, '');
}

export type Container = ReturnType<Engine['docker']['getContainer']>;
