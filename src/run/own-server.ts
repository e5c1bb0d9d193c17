import { Failure } from '../errors.ts';
import { connectionsOf, type Plan, type ResolvedDataset } from '../plan/index.ts';
import {
  createInstance,
  findBuild,
  harnessHome,
  MEASURE_SETTINGS,
  OBSERVED_DEADLOCK_TIMEOUT,
  type Server,
} from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';
import { milliseconds } from '../units.ts';

import { DATABASE, type Surroundings } from './cached-dataset.ts';
import { copyDataset, obtainDataset } from './copy-dataset.ts';
import { loadConduct, measure } from './measure.ts';
import type { Stageplay } from './options.ts';
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
    onEvent: (event) => {
      if (event.kind === 'stage') draft.stage = event.stage;
      onEvent(event);
    },
  };
  const cached = await obtainDataset(instance, dataset, surroundings);
  draft.fromCache = cached.kind === 'found';
  // While files are copied, there is time to load what comes next.
  await using generator = startGenerator(plan.traffic.workers);
  const copied = copyDataset(cached.entry, instance, dataset, surroundings);
  await Promise.all([loadConduct(), copied]);
  draft.stage = 'starting';
  const server = await instance.start(measureSettings(plan), stop.signal);
  const death = watchServer(server, () => instance.logTail(), stop);
  const connection = { ...server.connection, database: DATABASE };
  const serverLog = (): Promise<string> => instance.logTail(Infinity);
  const given = { plan, connection, generator, directory, clock, stop, draft, serverLog, onEvent };
  await unlessDead(measure(build.source, given), { death, clock, stop });
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

/** Its death ends the run, with its last words. Resolves when the server ends unasked. */
export function watchServer(
  server: Pick<Server, 'exited'>,
  logTail: () => Promise<string>,
  stop: Stop,
): Promise<Failure> {
  const death = deathOf(server, logTail);
  void death.then((failure) => stop.because(failure));
  return death;
}

async function deathOf({ exited }: Pick<Server, 'exited'>, logTail: () => Promise<string>): Promise<Failure> {
  const exit = await exited;
  if (exit.kind === 'stopped') return await new Promise<never>(() => undefined);
  return new Failure('target.lost', { message: `the server died: ${exit.how}\n${await logTail()}` });
}

/** The news may come a moment later than the end of the server's connections. */
const DEATH_NOTICE = milliseconds(500);

/** A server that died is the reason, whatever its sessions made of it. */
export async function unlessDead(
  work: Promise<void>,
  {
    death,
    clock,
    stop,
  }: { readonly death: Promise<Failure> } & Pick<Stageplay, 'clock'> & { readonly stop: Stop },
): Promise<void> {
  try {
    await work;
  } catch (error) {
    stop.check();
    throw (await Promise.race([death, clock.sleep(DEATH_NOTICE)])) ?? error;
  }
}
