import { messageOf } from '../errors.ts';
import { sweepWitness } from '../migration/index.ts';
import { sharedLeftovers } from '../observer/index.ts';
import type { Plan } from '../plan/index.ts';
import {
  atOneAddress,
  sweepDatabases,
  withShieldedSession,
  type ConnectionSettings,
  type ForeignDatabase,
} from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';

import type { Draft } from './draft.ts';
import { requireWithinDatabase } from './far-reach.ts';
import { patternWarnings, requireAllowedName, requireMark, requireQuiet } from './guard.ts';
import { loadConduct, measure } from './measure.ts';
import { reachedDatabase } from './named-database.ts';
import type { ExternalTarget, Stageplay } from './options.ts';
import { sampleKeys } from './sample-keys.ts';
import { SharedWatch } from './shared-watch.ts';
import { Stop } from './stop.ts';
import { withStoppableSession } from './stoppable-session.ts';
import { workplaceFor } from './workplace.ts';

/** A run on a server that is not ours, in a database of its own where there can be one. */
export async function playOnExternal(
  plan: Plan,
  target: ExternalTarget,
  { draft, clock, signal, onEvent, directory }: Stageplay,
): Promise<void> {
  requireAllowedName(target.foreign, plan.scenario);
  const farReaching = requireWithinDatabase(plan, target.tolerated);
  using stop = new Stop(signal);
  await using generator = startGenerator(plan.traffic.workers);
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: draft.stage, note });
  const staged = draft.follow(onEvent);
  const warn = (sentence: string): void => {
    draft.warn(sentence);
    tell(sentence);
  };
  tell(`database ${target.foreign.connection.database} on ${target.foreign.connection.host}`);
  const foreign = await stop.race(atOneAddress(target.foreign));
  const [reached] = await stop.race(Promise.all([reachedDatabase(foreign), loadConduct()]));
  const tolerated = await stop.race(admission(plan, target, { reached, stop }));
  [...patternWarnings(plan.scenario), ...farReaching, ...tolerated].forEach(warn);
  await stop.race(sweep(foreign, warn));
  // Looks again when the database of the run is gone.
  await using shared = await stop.race(watchServer(plan, { connection: reached, draft, warn }));
  await using workplace = await workplaceFor(
    { plan, foreign, reached, keep: target.keep, inPlace: target.inPlace, warn },
    { clock, stop, onEvent: staged },
  );
  if (workplace.inPlace) shared.leaveSchema();
  draft.stage = 'starting';
  draft.fromCache = workplace.fromCache;
  workplace.notes.forEach(warn);
  const { connection } = workplace;
  const traffic =
    plan.dataset.kind === 'generated' ? plan.traffic : await keyed(plan, { connection, stop, tell });
  await measure('external', {
    plan: { ...plan, traffic },
    connection,
    inPlace: workplace.inPlace,
    pooler: target.pooler,
    generator,
    directory,
    clock,
    stop,
    draft,
    serverLog: undefined,
    unseen: shared.unseen,
    // A migration that failed because its connection broke has shown nothing.
    requireSound: workplace.requireSound,
    onEvent,
  });
  await workplace.requireSound();
}

interface Watching {
  readonly connection: ConnectionSettings;
  readonly draft: Draft;
  readonly warn: (sentence: string) => void;
}

async function watchServer({ scenario }: Plan, { connection, draft, warn }: Watching): Promise<SharedWatch> {
  return await SharedWatch.begin({
    connection,
    schema: scenario.migration.some(({ kind }) => kind === 'command'),
    work: 'run',
    warn,
    onChanges: (changes) =>
      draft.add({ leftovers: [...draft.measured.leftovers, ...sharedLeftovers(changes)] }),
  });
}

/** Databases, and event triggers in the named one. */
async function sweep(foreign: ForeignDatabase, warn: (sentence: string) => void): Promise<void> {
  const databases = await sweepDatabases(foreign, { tell: warn });
  if (databases.length > 0)
    warn(`removed what a killed rehearsal had left: ${databases.map(({ name }) => name).join(', ')}`);
  const left = await sweepWitness(foreign).catch((error: unknown) => {
    warn(
      `what a killed rehearsal has left in ${foreign.connection.database} could not be looked for: ${messageOf(error)}`,
    );
    return undefined;
  });
  if (left?.fate.kind === 'removed') warn(`removed what a killed rehearsal had left: ${left.name}`);
  if (left?.fate.kind === 'stays')
    warn(
      `event triggers that a killed rehearsal had left act on everybody: ${left.name}: ${left.fate.reason}`,
    );
}

interface Admission {
  readonly reached: ConnectionSettings;
  readonly stop: Stop;
}

/** What is tolerated, a sentence each. Throws `Failure('usage')` where the server must not be touched. */
async function admission(
  { scenario }: Plan,
  { tolerated }: ExternalTarget,
  { reached, stop }: Admission,
): Promise<readonly string[]> {
  return await withShieldedSession(reached, async (session) => {
    await requireMark(session, reached);
    return await requireQuiet(session, reached, { tolerated, scenario, signal: stop.signal });
  });
}

interface Sampling {
  readonly connection: ConnectionSettings;
  readonly stop: Stop;
  readonly tell: (note: string) => void;
}

async function keyed(plan: Plan, { connection, stop, tell }: Sampling): Promise<Plan['traffic']> {
  tell('sampling the keys of its tables');
  const look = { stop, connection, path: 'of the database' } as const;
  return await withStoppableSession(look, (session) => sampleKeys(session, plan.traffic));
}
