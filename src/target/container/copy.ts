import { relative } from 'node:path/posix';

import type { Engine } from './engine.ts';
import type { ContainerImage } from './image.ts';
import { newVolume, type OwnedVolume } from './owned-volume.ts';
import { runTool, toolFailure } from './tool.ts';
import type { DatasetVolume } from './volumes.ts';

/** Goes with this process. */
export interface VolumeCopy extends OwnedVolume {
  /** Of the superuser, in the data. */
  readonly password: string;
}

export interface CopyOrder {
  readonly image: ContainerImage;
  readonly dataset: DatasetVolume;
  readonly signal: AbortSignal;
}

/** The dataset itself is gone: somebody has pruned it meanwhile. */
const GONE = 66;

/** A copy to work on. Undefined: the dataset is not there any more. Throws `Failure('target.unavailable')` where the engine's disk has no room. */
export async function copyOfDataset(
  engine: Engine,
  { image, dataset, signal }: CopyOrder,
): Promise<VolumeCopy | undefined> {
  const volume = await newVolume(engine);
  try {
    const data = relative(image.data.mount, image.data.directory);
    const script = `[ -s '/from/${data}/PG_VERSION' ] || exit ${GONE}; cp -a /from/. /to/ && sync`;
    const volumes = { '/from': dataset.volume, '/to': volume.name };
    const { exitCode, log } = await runTool(engine, { image, script, volumes, purpose: COPYING }, signal);
    if (exitCode === 0) return { ...volume, password: dataset.password };
    await volume[Symbol.asyncDispose]();
    if (exitCode !== GONE) throw toolFailure(image, COPYING, log.trim());
    // Where it was gone, the engine has made an empty one under its name.
    await engine.docker
      .getVolume(dataset.volume)
      .remove()
      .catch(() => undefined);
    return undefined;
  } catch (error) {
    await volume[Symbol.asyncDispose]();
    throw error;
  }
}

const COPYING = 'copy the dataset';
