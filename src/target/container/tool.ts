import { Failure } from '../../errors.ts';
import { refusalOf, type Engine } from './engine.ts';
import { nameOf, type ContainerImage } from './image.ts';
import { ownerLabels } from './labels.ts';
import { logOf } from './log.ts';

export interface ToolRun {
  readonly image: ContainerImage;
  readonly script: string;
  /** Volume by its place. */
  readonly volumes: Readonly<Record<string, string>>;
  /** What it is for, in a message. */
  readonly purpose: string;
}

export type ToolOutcome = { readonly exitCode: number; readonly log: string };

/** Runs a shell script of ours with the programs of the image, as root, without a network; the container is gone afterwards. */
export async function runTool(
  engine: Engine,
  { image, script, volumes, purpose }: ToolRun,
  signal?: AbortSignal,
): Promise<ToolOutcome> {
  signal?.throwIfAborted();
  const container = await engine.docker
    .createContainer({
      Image: nameOf(image.reference),
      Entrypoint: ['sh', '-c', script],
      User: '0',
      Labels: ownerLabels(),
      HostConfig: {
        NetworkMode: 'none',
        LogConfig: { Type: 'json-file', Config: {} },
        Mounts: Object.entries(volumes).map(([Target, Source]) => ({ Type: 'volume', Target, Source })),
      },
    })
    .catch((error: unknown) => {
      throw toolFailure(image, purpose, refusalOf(error), error);
    });
  const remove = (): Promise<unknown> => container.remove({ force: true, v: true }).catch(() => undefined);
  const onAbort = (): void => void remove();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await container.start();
    await container.wait();
    const { State } = await container.inspect();
    return { exitCode: State.ExitCode, log: await logOf(container) };
  } catch (error) {
    signal?.throwIfAborted();
    throw toolFailure(image, purpose, refusalOf(error), error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await remove();
  }
}

export const toolFailure = (
  image: ContainerImage,
  purpose: string,
  reason: string,
  cause?: unknown,
): Failure =>
  new Failure('target.unavailable', {
    message: `the engine could not ${purpose}: ${reason}`,
    where: `image ${image.reference}`,
    cause,
  });
