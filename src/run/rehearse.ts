import type { Clock } from '../clock.ts';
import { Failure, messageOf } from '../errors.ts';
import { leftovers, relationStates } from '../observer/index.ts';
import { connectionsOf, type Plan } from '../plan/index.ts';
import type { RelationState, Result } from '../result/index.ts';
import {
  connect,
  createInstance,
  findBuild,
  harnessHome,
  MEASURE_SETTINGS,
  withSession,
  type ConnectionSettings,
  type Instance,
  type Server,
} from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';
import type { Instant } from '../units.ts';

import { DATABASE, type Surroundings } from './cached-dataset.ts';
import { requireConnections } from './capacity.ts';
import { copyDataset, obtainDataset } from './copy-dataset.ts';
import { Draft } from './draft.ts';
import type { RunEvent } from './events.ts';
import { serverFacts } from './facts.ts';
import { Stop } from './stop.ts';

export interface RehearsalOptions {
  /** Directory of another server's programs; undefined: the embedded server. */
  readonly pgBin: string | undefined;
  /** Folder in which commands run. */
  readonly directory: string;
  readonly version: string;
  readonly clock: Clock;
  /** When the command began. */
  readonly began: Instant;
  /** The user's wish to end it. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** One run, from nothing to nothing. Never rejects: whatever goes wrong is in the result, with all that was measured before. */
export async function rehearse(plan: Plan, options: RehearsalOptions): Promise<Result> {
  const draft = new Draft({ plan, version: options.version, clock: options.clock, began: options.began });
  try {
    await play(plan, draft, options);
    return draft.finish();
  } catch (error) {
    return draft.finish(error);
  }
}

async function play(plan: Plan, draft: Draft, options: RehearsalOptions): Promise<void> {
  const { clock, signal, onEvent, pgBin } = options;
  const stop = new Stop(signal);
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
  const cached = await obtainDataset(instance, plan.dataset, surroundings);
  draft.fromCache = cached.kind === 'found';
  // While files are copied, there is time to load what comes next.
  await using generator = startGenerator(plan.traffic.workers);
  const copied = copyDataset(cached.entry, instance, plan.dataset, surroundings);
  const [conduct] = await Promise.all([loadConduct(), copied]);
  draft.stage = 'starting';
  const server = await instance.start(measureSettings(plan), stop.signal);
  watchServer(server, instance, stop);
  const connection = { ...server.connection, database: DATABASE };
  const before = await withSession(connection, 'audit', async (session) => {
    draft.add({ server: await serverFacts(session, build.source) });
    return { relations: await relationStates(session), leftovers: await leftovers(session) };
  });
  await requireConnections(connection, plan.traffic, plan.scenario.actors.length);
  try {
    await conduct({ plan, connection, generator, directory: options.directory, clock, stop, draft, onEvent });
    draft.stage = 'audit';
  } finally {
    await audit(connection, before, draft);
  }
}

// Of its own: TypeScript 5.9 leaves the name of a file in a block with `using` as it is.
const loadConduct = () => import('./conduct.ts').then(({ conduct }) => conduct);

/** Room for the harness's own sessions beside the application's. */
const OWN_SESSIONS = 20;

function measureSettings(plan: Plan): Record<string, string> {
  const needed = connectionsOf(plan.traffic) + plan.scenario.actors.length + OWN_SESSIONS;
  const atLeast = Math.max(needed, Number(MEASURE_SETTINGS['max_connections'] ?? 0));
  return { ...MEASURE_SETTINGS, max_connections: String(atLeast), ...plan.scenario.settings };
}

function watchServer(server: Server, instance: Instance, stop: Stop): void {
  void server.exited.then(async (exit) => {
    if (exit.kind === 'stopped') return;
    stop.because(
      new Failure('target.lost', { message: `the server died: ${exit.how}\n${await instance.logTail()}` }),
    );
  });
}

/** What the migration left behind; nothing where the server is gone. */
async function audit(connection: ConnectionSettings, before: Inventory, draft: Draft): Promise<void> {
  try {
    await using session = await connect(connection, 'audit', {
      settings: { lock_timeout: '2s', statement_timeout: '30s' },
    });
    const left = await leftovers(session);
    const after = await relationStates(session);
    draft.add({ leftovers: newSince(before.leftovers, left), relations: changes(before.relations, after) });
  } catch (error) {
    if (draft.stage === 'audit')
      throw new Failure('target.lost', {
        message: `the schema could not be audited after the run: ${messageOf(error)}`,
        cause: error,
      });
    draft.add({ relations: changes(before.relations, []) });
  }
}

interface Inventory {
  readonly relations: readonly RelationState[];
  readonly leftovers: Result['leftovers'];
}

/** What the schema had before is nobody's leftover. */
function newSince(before: Result['leftovers'], after: Result['leftovers']): Result['leftovers'] {
  return after.filter(
    (left) =>
      !before.some(
        ({ kind, name, relation }) => kind === left.kind && name === left.name && relation === left.relation,
      ),
  );
}

function changes(before: readonly RelationState[], after: readonly RelationState[]): Result['relations'] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))].toSorted();
  return names.map((name) => {
    const earlier = before.find((state) => state.name === name);
    const later = after.find((state) => state.name === name);
    return {
      name,
      ...(earlier === undefined ? {} : { before: earlier }),
      ...(later === undefined ? {} : { after: later }),
    };
  });
}
