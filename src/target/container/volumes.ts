import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { systemClock } from '../../clock.ts';
import { bytes, type Bytes } from '../../units.ts';
import type { DatasetFacts } from '../entry.ts';
import type { Home } from '../home.ts';
import { statusOf, type Engine } from './engine.ts';
import { FACTS_LABEL, OWNER_LABEL, ownerLabels } from './labels.ts';

/*
 * A loaded dataset is two volumes: one with the data directory of a stopped server, and an empty one under a name computed from what
 * was loaded, whose labels tell of it. Labels are written with their volume and never again, so the second one is made last: what has
 * none is unfinished. Runs work on copies of the first.
 */

export interface DatasetVolume {
  /** Of the volume with the facts: by it the dataset is known. */
  readonly name: string;
  /** The volume with the data. */
  readonly volume: string;
  /** Of the superuser; initdb has written it into the data. */
  readonly password: string;
  readonly size: Bytes;
  readonly created: string;
  readonly lastUsed: string;
  readonly image: string;
  /** Path of the home that it belongs to: each has a cache of its own, as with data directories. */
  readonly home: string;
  readonly serverVersion: string;
  readonly facts: Omit<DatasetFacts, 'card'>;
}

const label = z.object({
  volume: z.string(),
  password: z.string(),
  size: z.number().int().nonnegative(),
  created: z.iso.datetime(),
  image: z.string(),
  home: z.string(),
  serverVersion: z.string(),
  facts: z.object({ dataset: z.string(), scale: z.number(), seed: z.number(), rows: z.number() }),
});

type Label = z.output<typeof label>;

/** Undefined: not there, or its data is gone. */
export async function findDataset(
  { docker }: Engine,
  home: Pick<Home, 'path'> | undefined,
  name: string,
): Promise<DatasetVolume | undefined> {
  const found = await docker.getVolume(name).inspect().catch(absent);
  const facts = labelIn(found?.Labels);
  if (facts === undefined) return undefined;
  const data = await docker.getVolume(facts.volume).inspect().catch(absent);
  return data === undefined ? undefined : await entryOf(name, facts, home);
}

export interface NewDataset extends Omit<Label, 'created' | 'size'> {
  readonly name: string;
  readonly size: Bytes;
}

/** The last step of loading it; whoever looks for it finds it from now on. */
export async function publishDataset(
  { docker }: Engine,
  { name, ...facts }: NewDataset,
): Promise<DatasetVolume> {
  const whole: Label = { ...facts, created: new Date(systemClock.wallTime()).toISOString() };
  await docker.createVolume({
    Name: name,
    Labels: { ...ownerLabels(), [FACTS_LABEL]: JSON.stringify(whole) },
  });
  return await entryOf(name, whole, undefined);
}

/** Least recently used first. */
export async function listDatasetVolumes(
  engine: Engine,
  home: Pick<Home, 'path'>,
): Promise<readonly DatasetVolume[]> {
  const volumes = await ownVolumes(engine);
  const entries = await Promise.all(
    volumes.flatMap(({ Name, facts }) => (facts?.home === home.path ? [entryOf(Name, facts, home)] : [])),
  );
  return entries.toSorted((one, other) => (one.lastUsed < other.lastUsed ? -1 : 1));
}

/** False: a container has it. The data first, so that what is left of a failure is known by its facts. */
export async function removeDataset({ docker }: Engine, entry: DatasetVolume): Promise<boolean> {
  try {
    await docker.getVolume(entry.volume).remove().catch(absent);
    await docker.getVolume(entry.name).remove().catch(absent);
    return true;
  } catch (error) {
    if (statusOf(error) === 409) return false;
    throw error;
  }
}

/** For the order in which `rehearse cache prune` takes them. Another user's home may not be ours to write: then it counts as new as it was made. */
export async function noteUse(home: Pick<Home, 'path'>, name: string): Promise<void> {
  const file = useFile(home, name);
  const now = new Date(systemClock.wallTime());
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '', { flag: 'a' });
  await utimes(file, now, now);
}

export interface OwnVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  /** Milliseconds since it was made. */
  readonly age: number;
  readonly facts: Label | undefined;
}

export async function ownVolumes({ docker }: Engine): Promise<readonly OwnVolume[]> {
  const { Volumes } = await docker.listVolumes({ filters: { label: [OWNER_LABEL] } });
  return Volumes.map((volume) => ({
    Name: volume.Name,
    Labels: volume.Labels,
    age: systemClock.wallTime() - createdAt(volume),
    facts: labelIn(volume.Labels),
  }));
}

/** The types of dockerode 4 do not know it; now, where the engine does not say. */
const createdAt = (volume: object): number =>
  'CreatedAt' in volume && typeof volume.CreatedAt === 'string'
    ? Date.parse(volume.CreatedAt)
    : systemClock.wallTime();

const useFile = ({ path }: Pick<Home, 'path'>, name: string): string => join(path, 'volumes', name);

async function entryOf(
  name: string,
  { size, ...facts }: Label,
  home: Pick<Home, 'path'> | undefined,
): Promise<DatasetVolume> {
  const used = home === undefined ? undefined : await stat(useFile(home, name)).catch(() => undefined);
  return { name, ...facts, size: bytes(size), lastUsed: used?.mtime.toISOString() ?? facts.created };
}

/** `null`: what the engine says of a volume without any. */
function labelIn(labels: Readonly<Record<string, string>> | null | undefined): Label | undefined {
  const text = labels?.[FACTS_LABEL];
  if (text === undefined) return undefined;
  try {
    const parsed = label.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Not there is an answer; anything else is an error. */
function absent(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}
