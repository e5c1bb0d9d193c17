import { systemClock } from '../../clock.ts';
import { containerEngine, type Engine } from './engine.ts';
import { isLeftBehind, OWNER_LABEL } from './labels.ts';
import { ownVolumes } from './volumes.ts';

/** Removes the containers and volumes of harnesses that were killed; their names. What can not be removed now waits for a later sweep. */
export async function sweepEngine(engine: Engine, dryRun = false): Promise<readonly string[]> {
  // Volumes go after the containers that hold them.
  return [...(await sweepServers(engine, dryRun)), ...(await sweepVolumes(engine, dryRun))];
}

/** The same for whoever has no engine yet: none there, nothing to sweep. */
export async function sweepFoundEngine(dryRun: boolean): Promise<readonly string[]> {
  const engine = await containerEngine().catch(() => undefined);
  return engine === undefined ? [] : await sweepEngine(engine, dryRun);
}

const OURS = { filters: { label: [OWNER_LABEL] } };

async function sweepServers({ docker }: Engine, dryRun: boolean): Promise<readonly string[]> {
  const all = await docker.listContainers({ all: true, ...OURS });
  const left = all.filter(({ Labels, Created }) =>
    isLeftBehind(Labels, systemClock.wallTime() - Created * 1_000),
  );
  return await removed(left, async ({ Id, Names }) => {
    if (!dryRun) await docker.getContainer(Id).remove({ force: true, v: true });
    return `container ${(Names[0] ?? Id).replace(/^\//, '')}`;
  });
}

/** But for those that keep a loaded dataset for the next runs. */
async function sweepVolumes(engine: Engine, dryRun: boolean): Promise<readonly string[]> {
  const all = await ownVolumes(engine);
  const kept = new Set(all.flatMap(({ Name, facts }) => (facts === undefined ? [] : [Name, facts.volume])));
  const left = all.filter(({ Name, Labels, age }) => !kept.has(Name) && isLeftBehind(Labels, age));
  return await removed(left, async ({ Name }) => {
    if (!dryRun) await engine.docker.getVolume(Name).remove();
    return `volume ${Name}`;
  });
}

/** Their names where they went; two harnesses may sweep at once, and what somebody uses stays. */
async function removed<Item>(
  items: readonly Item[],
  remove: (item: Item) => Promise<string>,
): Promise<readonly string[]> {
  const names = await Promise.all(items.map((item) => remove(item).catch(() => undefined)));
  return names.filter((name) => name !== undefined);
}
