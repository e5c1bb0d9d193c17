import type { Plan, ResolvedDataset, Scenario } from '../plan/index.ts';
import { containers, harnessHome, MEASURE_SETTINGS, type ContainerImage } from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';
import { formatSize } from '../units.ts';

import { DATABASE, type Surroundings } from './cached-dataset.ts';
import type { Conditions } from './conduct.ts';
import { datasetForRun } from './container-dataset.ts';
import { loadConduct, measure } from './measure.ts';
import type { Stageplay } from './options.ts';
import { measureSettings } from './own-server.ts';
import { whileAlive } from './server-death.ts';
import { Stop } from './stop.ts';

interface ContainerStageplay extends Stageplay {
  /** The image, as written. */
  readonly reference: string;
}

/** A run of a generated dataset on a server in a container that is made for it, and gone afterwards. */
export async function playInContainer(
  plan: Plan,
  dataset: ResolvedDataset,
  { reference, draft, clock, signal, onEvent, directory }: ContainerStageplay,
): Promise<void> {
  using stop = new Stop(signal);
  const surroundings: Surroundings = {
    clock,
    stop,
    onEvent: draft.follow(onEvent),
  };
  const tell = (note: string): void => surroundings.onEvent({ kind: 'stage', stage: 'starting', note });
  tell(`container of ${reference}`);
  const { containerEngine, containerImage, startRunServer, sweepEngine } = await containers();
  const engine = await stop.race(containerEngine());
  const swept = await stop.race(sweepEngine(engine));
  if (swept.length > 0) tell(`removed what killed runs had left behind: ${swept.join(', ')}`);
  const image = await containerImage(engine, reference, {
    signal: stop.signal,
    onPull: () => tell(`pulling ${reference}`),
  });
  const wishes = plan.scenario.container;
  const home = await harnessHome().catch(() => undefined);
  const { fromCache, copy } = await datasetForRun({ engine, image, dataset, wishes, home }, surroundings);
  await using volume = copy;
  draft.fromCache = fromCache;
  await using generator = startGenerator(plan.traffic.workers);
  tell(`starting the server${limitsIn(wishes)}`);
  const loading = loadConduct();
  await using server = await startRunServer(engine, {
    ...{ image, wishes, database: DATABASE, volume: volume.name, signal: stop.signal },
    password: volume.password,
    settings: measureSettings(plan, settingsFor(wishes)),
  });
  await loading;
  const given = {
    ...{ plan, generator, directory, clock, stop, draft, onEvent },
    connection: server.connection,
    serverLog: () => server.log(),
    container: factsOf(image, wishes),
  };
  await whileAlive(server, { stop, clock }, () => measure('container', given));
}

/** A quarter of what it may have (manual, 20.4.1), where that is less than on a machine of its own. */
function settingsFor({ memory }: Scenario['container']): Record<string, string> {
  if (memory === undefined) return {};
  const usual = Number.parseInt(MEASURE_SETTINGS['shared_buffers'] ?? '512', 10);
  return { shared_buffers: `${Math.max(1, Math.min(usual, Math.floor(memory / 4 / 1024 ** 2)))}MB` };
}

function limitsIn({ cpus, memory }: Scenario['container']): string {
  const limits = [
    ...(cpus === undefined ? [] : [`${cpus} ${cpus === 1 ? 'processor' : 'processors'}`]),
    ...(memory === undefined ? [] : [formatSize(memory)]),
  ];
  return limits.length === 0 ? '' : ` within ${limits.join(', ')}`;
}

const factsOf = (
  { reference, digest, id }: ContainerImage,
  { cpus, memory, sharedMemory }: Scenario['container'],
): NonNullable<Conditions['container']> => ({
  ...{ image: reference, id, sharedMemory },
  ...(digest === undefined ? {} : { digest }),
  ...(cpus === undefined ? {} : { cpus }),
  ...(memory === undefined ? {} : { memory }),
});
