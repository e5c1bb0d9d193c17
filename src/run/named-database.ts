import type { ResolvedDataset } from '../plan/index.ts';
import { seedDataset, type SeedSummary } from '../seed/index.ts';
import {
  atOneAddress,
  markState,
  markWhereOwned,
  maintenanceConnection,
  reachDatabase,
  readMark,
  requireUsable,
  USUAL_TRAFFIC,
  withShieldedSession,
  type Concern,
  type ConnectionSettings,
  type ForeignDatabase,
} from '../target/index.ts';

import { datasetKey, isInterruption, type Surroundings } from './cached-dataset.ts';
import { requireSchemaWithinDatabase } from './far-reach.ts';
import { requireQuiet } from './guard.ts';
import { runFailure } from './lost-server.ts';
import { SharedWatch } from './shared-watch.ts';
import { templateOf, type TemplateLease } from './template-database.ts';
import { occupied, vacancyOf, type Vacancy } from './vacancy.ts';

export interface NamedDatabase {
  readonly dataset: ResolvedDataset;
  readonly foreign: ForeignDatabase;
  readonly connections?: number | undefined;
  readonly tolerated: readonly Concern[];
  /** Whether it shall bear our mark, also where it was there before. */
  readonly mark: boolean;
}

export type FilledDatabase = FilledHow & {
  readonly database: string;
  readonly isMarked: boolean;
  /** What was tolerated or could not be seen, a sentence each. */
  readonly warnings: readonly string[];
};

type FilledHow =
  | { readonly kind: 'found' }
  /** From the template that an earlier load had left. */
  | { readonly kind: 'copied'; readonly template: string }
  | {
      readonly kind: 'loaded';
      /** Undefined: loaded directly, for the reason in `note`. */
      readonly template: string | undefined;
      readonly note: string | undefined;
      readonly summary: SeedSummary;
    };

/**
 * Fills an empty database of somebody else's server; none of the server's settings are touched. Where the role may create
 * databases, the rows go into a template `rehearse_<key>_<role>`, and the database is made from it; so does the next one. Throws
 * `Failure('usage')` for a database that is not empty, and for a server on which somebody depends. One that was not there before gets our mark: its rows are made up.
 */
export async function fillDatabase(
  named: NamedDatabase,
  surroundings: Surroundings,
): Promise<FilledDatabase> {
  try {
    const wanted = { ...named, foreign: await surroundings.stop.race(atOneAddress(named.foreign)) };
    const vacancy = await vacancyOf(wanted.foreign, datasetKey(wanted.dataset));
    if (vacancy.kind === 'occupied') throw occupied(wanted.foreign.connection, vacancy.objects);
    const warnings: string[] = [];
    // Nothing is touched where nothing is to be done.
    const filled =
      vacancy.kind === 'loaded'
        ? FOUND
        : await fillWatched(wanted, vacancy, { ...surroundings, warn: (one) => void warnings.push(one) });
    const marks = wanted.mark || vacancy.kind === 'absent' || (vacancy.kind === 'empty' && vacancy.isMarked);
    const isMarked = await withShieldedSession(await reachDatabase(wanted.foreign), async (session) => {
      if (marks) await markWhereOwned(session);
      return markState(await readMark(session)) === 'marked';
    });
    return { ...filled, database: wanted.foreign.connection.database, isMarked, warnings };
  } catch (error) {
    throw runFailure(error);
  }
}

type ToFill = Exclude<Vacancy, { kind: 'occupied' | 'loaded' }>;

const FOUND: FilledHow = { kind: 'found' };

interface Watched extends Surroundings {
  readonly warn: (sentence: string) => void;
}

async function fillWatched(
  wanted: NamedDatabase,
  vacancy: ToFill,
  { warn, ...surroundings }: Watched,
): Promise<FilledHow> {
  const { foreign } = wanted;
  const place =
    vacancy.kind === 'absent' ? await maintenanceConnection(foreign) : await reachDatabase(foreign);
  (await admission(wanted, place, surroundings)).forEach(warn);
  const whole = { connection: place, work: 'load', apartFrom: foreign.connection.database, warn } as const;
  return await SharedWatch.during(whole, () => fill(wanted, vacancy, surroundings));
}

/** As for a run, but for the mark: nothing of an empty database can be lost. Throws `Failure('usage')`. */
async function admission(
  { dataset, tolerated }: NamedDatabase,
  place: ConnectionSettings,
  { stop }: Surroundings,
): Promise<readonly string[]> {
  const farReaching = requireSchemaWithinDatabase(dataset, tolerated);
  await requireUsable(place);
  const tolerance = { tolerated, scenario: { otherTraffic: USUAL_TRAFFIC }, signal: stop.signal };
  const quiet = withShieldedSession(place, (session) => requireQuiet(session, place, tolerance));
  return [...farReaching, ...(await stop.race(quiet))];
}

async function fill(wanted: NamedDatabase, vacancy: ToFill, surroundings: Surroundings): Promise<FilledHow> {
  switch (vacancy.kind) {
    // A load that was begun in the database itself goes on there.
    case 'begun':
      return await directly(wanted, undefined, surroundings);
    case 'furnished':
      return await directly(
        wanted,
        `a copy would not have what is in the database: ${vacancy.objects.join(', ')}`,
        surroundings,
      );
    case 'absent':
    case 'empty':
      return await throughTemplate(wanted, vacancy, surroundings);
  }
}

async function directly(
  wanted: NamedDatabase,
  note: string | undefined,
  surroundings: Surroundings,
): Promise<FilledHow> {
  const summary = await seedInto(await reachDatabase(wanted.foreign), wanted, surroundings);
  return { kind: 'loaded', template: undefined, note, summary };
}

async function throughTemplate(
  wanted: NamedDatabase,
  vacancy: Extract<Vacancy, { kind: 'absent' | 'empty' }>,
  surroundings: Surroundings,
): Promise<FilledHow> {
  const { foreign, dataset } = wanted;
  const { stop, onEvent } = surroundings;
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'seeding', note });
  const template = await templateOf(foreign, datasetKey(dataset), { vacancy, signal: stop.signal, tell });
  if (template.kind === 'unusable') return await directly(wanted, template.reason, surroundings);
  await using lease = template;
  const summary = lease.isLoaded ? undefined : await seedTemplate(lease, wanted, surroundings);
  tell(`making ${foreign.connection.database} from the template ${lease.name}`);
  await lease.deliver();
  if (summary === undefined) return { kind: 'copied', template: lease.name };
  return { kind: 'loaded', template: lease.name, note: undefined, summary };
}

/** What can not be loaded will not be loaded the next time either: then nothing of it stays. */
export async function seedTemplate(
  lease: TemplateLease,
  what: Pick<NamedDatabase, 'dataset' | 'connections'>,
  surroundings: Surroundings,
): Promise<SeedSummary> {
  try {
    return await seedInto(lease.connection, what, surroundings);
  } catch (error) {
    if (!isInterruption(error)) await lease.discard().catch(() => undefined);
    throw error;
  }
}

/** On a server that is not ours: what an interrupted load had finished is kept. */
async function seedInto(
  connection: ConnectionSettings,
  { dataset, connections }: Pick<NamedDatabase, 'dataset' | 'connections'>,
  { clock, stop, onEvent }: Surroundings,
): Promise<SeedSummary> {
  return await stop.race(
    seedDataset({
      connection,
      dataset,
      clock,
      signal: stop.signal,
      onProgress: (progress) => onEvent({ kind: 'seed', progress }),
      ...(connections === undefined ? {} : { connections }),
      ownServer: false,
      resume: true,
    }),
  );
}

/** For work on the database as it is. Throws `Failure('usage')` where nothing can be rehearsed on its server. */
export async function reachedDatabase(foreign: ForeignDatabase): Promise<ConnectionSettings> {
  const connection = await reachDatabase(foreign);
  await requireUsable(connection);
  return connection;
}
