import { createHash } from 'node:crypto';

import { systemClock } from '../../clock.ts';
import { milliseconds } from '../../units.ts';
import { newPassword } from '../cluster.ts';
import type { Home } from '../home.ts';
import { parseOwnedName } from '../owner.ts';
import type { ServerSettings } from '../settings.ts';
import { statusOf, type Engine } from './engine.ts';
import type { ContainerImage } from './image.ts';
import { isLeftBehind, NAME_PREFIX, OWNER_LABEL } from './labels.ts';
import type { ContainerWishes } from './limits.ts';
import { NotStarted, startContainerServer, type ContainerServer } from './server.ts';
import { newVolume, type OwnedVolume } from './owned-volume.ts';
import { runTool } from './tool.ts';
import { findDataset, publishDataset, type DatasetVolume } from './volumes.ts';

export interface DatasetOrder {
  readonly image: ContainerImage;
  /** Whatever determines the rows, hashed by the caller. */
  readonly key: string;
  readonly database: string;
  /** While it is loaded. */
  readonly settings: ServerSettings;
  /** What is made of them in a new cluster, such as its locale, is part of the dataset. */
  readonly wishes: ContainerWishes;
  readonly home: Home | undefined;
  readonly signal: AbortSignal;
  /** Once for each harness that is waited for; undefined: one on another host. */
  readonly onWait: (pid: number | undefined) => void;
}

export type ObtainedDataset =
  | { readonly kind: 'found'; readonly dataset: DatasetVolume }
  | { readonly kind: 'place'; readonly place: LoadingPlace };

/** An empty database to be loaded, ours alone. Unless it is published, nothing of it stays. */
export interface LoadingPlace extends AsyncDisposable {
  readonly server: ContainerServer;
  publish(facts: Pick<DatasetVolume, 'facts' | 'serverVersion' | 'size'>): Promise<DatasetVolume>;
}

const POLL = milliseconds(500);

/**
 * The dataset for this very image, or the place to load it. The name of the container that loads it is the lock: an engine has a name once.
 * Where another harness has it, waits for its dataset or its end.
 */
export async function obtainDatasetVolume(engine: Engine, order: DatasetOrder): Promise<ObtainedDataset> {
  const name = datasetName(order);
  let waitedFor: string | undefined;
  for (;;) {
    order.signal.throwIfAborted();
    const dataset = await findDataset(engine, order.home, name);
    if (dataset !== undefined) return { kind: 'found', dataset };
    const place = await tryToLoad(engine, order, name);
    if (place !== undefined) return { kind: 'place', place };
    const holder = await holderOf(engine, loaderName(name));
    if (holder === undefined) continue;
    if (holder !== waitedFor) order.onWait(parseOwnedName(holder)?.pid);
    waitedFor = holder;
    await systemClock.sleep(POLL, order.signal);
  }
}

/** Another image's files can mean something else, and so can those of another initdb. */
function datasetName({ image, key, wishes, home }: DatasetOrder): string {
  const content = JSON.stringify([
    homeOf(home),
    image.id,
    key,
    Object.entries(wishes.environment).toSorted(),
  ]);
  return `${NAME_PREFIX}dataset-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
}

/** Without one they are everybody's. */
const homeOf = (home: Home | undefined): string => home?.path ?? '';

const loaderName = (name: string): string => `${name}-loading`;

/** Undefined: somebody else is at it, or has just finished. */
async function tryToLoad(
  engine: Engine,
  order: DatasetOrder,
  name: string,
): Promise<LoadingPlace | undefined> {
  const volume = await newVolume(engine);
  const password = newPassword();
  try {
    const server = await startContainerServer(engine, {
      ...order,
      name: loaderName(name),
      volume: volume.name,
      password,
      // The limits are for what is measured.
      wishes: { ...order.wishes, cpus: undefined, memory: undefined },
      beforeStart: async () => {
        if ((await findDataset(engine, order.home, name)) !== undefined) throw new NotStarted(name);
      },
    });
    return placeOf(engine, { order, name, volume, password, server });
  } catch (error) {
    await volume[Symbol.asyncDispose]();
    if (error instanceof NotStarted) return undefined;
    throw error;
  }
}

interface Loading {
  readonly order: DatasetOrder;
  readonly name: string;
  readonly volume: OwnedVolume;
  readonly password: string;
  readonly server: ContainerServer;
}

function placeOf(engine: Engine, { order, name, volume, password, server }: Loading): LoadingPlace {
  const { image, signal } = order;
  let isPublished = false;
  return {
    server,
    publish: async (facts) => {
      await server.stop();
      // It was loaded without a care for power failures.
      await runTool(
        engine,
        { image, script: 'sync', volumes: {}, purpose: 'bring a dataset to the disk' },
        signal,
      );
      const told = {
        ...facts,
        name,
        volume: volume.name,
        password,
        image: image.reference,
        home: homeOf(order.home),
      };
      const dataset = await publishDataset(engine, told);
      isPublished = true;
      return dataset;
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      if (!isPublished) await volume[Symbol.asyncDispose]();
    },
  };
}

/** Who has the name; a dead one's container is removed. Undefined: nobody has it any more. */
async function holderOf({ docker }: Engine, name: string): Promise<string | undefined> {
  const container = docker.getContainer(name);
  try {
    const { Config, Created } = await container.inspect();
    const age = systemClock.wallTime() - Date.parse(Created);
    if (!isLeftBehind(Config.Labels, age)) return Config.Labels[OWNER_LABEL] ?? 'somebody';
    await container.remove({ force: true, v: true });
    return undefined;
  } catch (error) {
    // Gone meanwhile, or being removed.
    if (statusOf(error) === 404 || statusOf(error) === 409) return undefined;
    throw error;
  }
}
