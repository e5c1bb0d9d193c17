import { connectionsOf, type Plan, type ResolvedDataset } from '../plan/index.ts';
import {
  createInstance,
  findBuild,
  harnessHome,
  MEASURE_SETTINGS,
  OBSERVED_DEADLOCK_TIMEOUT,
} from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';

import { DATABASE, type Surroundings } from './cached-dataset.ts';
import { copyDataset, obtainDataset } from './copy-dataset.ts';
import { loadConduct, measure } from './measure.ts';
import type { Stageplay } from './options.ts';
import { whileAlive } from './server-death.ts';
import { Stop } from './stop.ts';

interface OwnStageplay extends Stageplay {
  /** Directory of another server's programs; undefined: the embedded server. */
  readonly pgBin: string | undefined;
}

/** A run of a generated dataset on a server that is started for it, and gone afterwards. */
export async function playOnOwnServer(
  plan: Plan,
  dataset: ResolvedDataset,
  { pgBin, draft, clock, signal, onEvent, directory }: OwnStageplay,
): Promise<void> {
  using stop = new Stop(signal);
  const home = await harnessHome();
  const build = await findBuild(home, pgBin === undefined ? {} : { pgBin });
  onEvent({
    kind: 'stage',
    stage: 'starting',
    note: `PostgreSQL ${build.version} (${build.source === 'embedded' ? 'embedded' : build.bin})`,
  });
  stop.check();
  await using instance = await createInstance(home, build);
  const surroundings: Surroundings = {
    clock,
    stop,
    onEvent: draft.follow(onEvent),
  };
  const cached = await obtainDataset(instance, dataset, surroundings);
  draft.fromCache = cached.kind === 'found';
  // While files are copied, there is time to load what comes next.
  await using generator = startGenerator(plan.traffic.workers);
  const copied = copyDataset(cached.entry, instance, dataset, surroundings);
  await Promise.all([loadConduct(), copied]);
  draft.stage = 'starting';
  const server = await instance.start(measureSettings(plan), stop.signal);
  const connection = { ...server.connection, database: DATABASE };
  const serverLog = (): Promise<string> => instance.logTail(Infinity);
  const given = { plan, connection, generator, directory, clock, stop, draft, serverLog, onEvent };
  const mortal = { exited: server.exited, logTail: () => instance.logTail() };
  await whileAlive(mortal, { stop, clock }, () => measure(build.source, given));
}

/** Room for the harness's own sessions beside the application's. */
const OWN_SESSIONS = 20;

/** `place`: what fits the place where the server is; the scenario's settings come before it. */
export function measureSettings(plan: Plan, place: Record<string, string> = {}): Record<string, string> {
  const needed = connectionsOf(plan.traffic) + plan.scenario.actors.length + OWN_SESSIONS;
  const atLeast = Math.max(needed, Number(MEASURE_SETTINGS['max_connections'] ?? 0));
  // Of the whole server, so that it is the same for the sessions of migration tools.
  const timeout = plan.scenario.faithfulDeadlocks
    ? {}
    : { deadlock_timeout: `${OBSERVED_DEADLOCK_TIMEOUT}ms` };
  const own = { ...timeout, max_connections: String(atLeast) };
  return { ...MEASURE_SETTINGS, ...own, ...place, ...plan.scenario.settings };
}
