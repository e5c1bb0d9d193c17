import { Failure, messageOf } from '../errors.ts';
import type { Plan, ResolvedDataset } from '../plan/index.ts';
import {
  displayAddress,
  errorClassOf,
  HeldName,
  maintenanceConnection,
  requireWritable,
  runDatabaseName,
  setForDatabase,
  untilAborted,
  waysOut,
  withSession,
  withShieldedSession,
  type ConnectionSettings,
  type ForeignDatabase,
  type Holding,
} from '../target/index.ts';

import { datasetKey, type Surroundings } from './cached-dataset.ts';
import { cloneDatabase } from './clone-database.ts';
import { seedTemplate } from './named-database.ts';
import type { InPlace } from './options.ts';
import { templateOf } from './template-database.ts';

/** A database of the run's own on a server that is not ours, or the named one where there can be none. */
export interface Workplace extends AsyncDisposable {
  readonly connection: ConnectionSettings;
  /** What is worth knowing about it, a sentence each. */
  readonly notes: readonly string[];
  /** It is the named one. */
  readonly inPlace: boolean;
  /** Whether the dataset was there already. */
  readonly fromCache: boolean;
  /** Throws `Failure('target.lost')` where the server or the network broke meanwhile. */
  readonly requireSound: () => Promise<void>;
}

export interface Work {
  readonly plan: Plan;
  readonly foreign: ForeignDatabase;
  /** Of the database that was named. */
  readonly reached: ConnectionSettings;
  readonly keep: boolean;
  readonly inPlace: InPlace;
  /** Hears of a database that could not be dropped, or is kept. */
  readonly warn: (sentence: string) => void;
}

/** Created now, dropped when it is given back. Throws `Failure`. */
export async function workplaceFor(work: Work, surroundings: Surroundings): Promise<Workplace> {
  const { plan, foreign, reached, keep, inPlace } = work;
  const { dataset } = plan;
  const place = await maintenanceConnection(
    foreign,
    dataset.kind === 'existing' ? reached.database : undefined,
  );
  if (dataset.kind === 'existing' && inPlace.kind === 'asked')
    return await inThere(work, { reason: 'somebody insists on it (--in-place)', place }, surroundings);
  await requireWritable(place, { copied: true });
  const name = runDatabaseName();
  const seat = seatFor(place, reached);
  const held = await hold(work, { name, place, seat }, surroundings);
  const release = async (): Promise<void> => {
    const sentence = keep ? await held.keep() : await held.drop();
    if (sentence !== undefined) work.warn(sentence);
    await held[Symbol.asyncDispose]();
  };
  try {
    const made = await madeFor(work, { held, name, place }, surroundings);
    if (made.kind === 'impossible') {
      await held[Symbol.asyncDispose]();
      return await inThere(work, { reason: `it can not be copied, for ${made.reason}`, place }, surroundings);
    }
    if (seat !== place) await held.moveIn();
    const connection = { ...place, database: name, session: SESSION };
    const settings = await applySettings(connection, plan);
    return {
      connection,
      notes: [...made.notes, ...settings, ...(await withShieldedSession(connection, waysOut))],
      inPlace: false,
      fromCache: made.fromCache,
      requireSound: () => held.requireSound(),
      [Symbol.asyncDispose]: release,
    };
  } catch (error) {
    await held.drop().then((problem) => problem !== undefined && work.warn(problem));
    await held[Symbol.asyncDispose]();
    throw lostOr(error, place);
  }
}

/**
 * While somebody sits in `template1`, nobody on the server can create a database without a template. One session alone may sit in the database that it copies.
 */
const seatFor = (place: ConnectionSettings, reached: ConnectionSettings): ConnectionSettings =>
  place.database === 'template1' ? reached : place;

function lostOr(error: unknown, place: ConnectionSettings): unknown {
  if (error instanceof Failure || errorClassOf(error) !== 'connection') return error;
  return new Failure('target.lost', {
    where: displayAddress(place),
    message: `the connection was lost while the database of the run was made: ${messageOf(error)}`,
    cause: error,
  });
}

/** Statements of a harness that was killed end soon after it. Cost: a look at the socket each second. 14–18. */
const SESSION = { client_connection_check_interval: '1s' };

interface Site {
  readonly held: HeldName;
  readonly name: string;
  readonly place: ConnectionSettings;
}

type Made =
  | { readonly kind: 'made'; readonly fromCache: boolean; readonly notes: readonly string[] }
  | { readonly kind: 'impossible'; readonly reason: string };

async function madeFor(work: Work, site: Site, surroundings: Surroundings): Promise<Made> {
  const { dataset } = work.plan;
  if (dataset.kind === 'generated')
    return await fromTemplate(work.foreign, dataset.resolved, site, surroundings);
  const { held, name, place } = site;
  const { stop, onEvent } = surroundings;
  const source = work.reached.database;
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'starting', note });
  const cloned = await untilAborted({ session: held.session, settings: place, signal: stop.signal }, () =>
    cloneDatabase(held.session, source, { target: name, tell }),
  );
  if (cloned.kind === 'occupied') throw occupied(work, cloned.reason);
  return cloned.kind === 'cloned' ? { kind: 'made', fromCache: false, notes: cloned.notes } : cloned;
}

function occupied({ reached, inPlace }: Work, reason: string): Failure {
  const { database } = reached;
  return new Failure('target.unavailable', {
    where: displayAddress(reached),
    message: `${database} can not be copied for the moment: ${reason}`,
    hint:
      inPlace.kind === 'never'
        ? `try again when that is over; ${database} itself is not rehearsed in, for ${inPlace.why}`
        : `try again when that is over; or insist on rehearsing in ${database} itself, which is changed for good: --in-place`,
  });
}

async function fromTemplate(
  foreign: ForeignDatabase,
  dataset: ResolvedDataset,
  { name, place }: Site,
  surroundings: Surroundings,
): Promise<Made> {
  const { stop, onEvent } = surroundings;
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'seeding', note });
  const template = await templateOf(
    { ...foreign, connection: { ...foreign.connection, database: name } },
    datasetKey(dataset),
    { vacancy: { kind: 'absent' }, place, signal: stop.signal, tell },
  );
  if (template.kind === 'unusable') throw noDatabase(place, template.reason);
  await using lease = template;
  if (!lease.isLoaded) {
    tell(`loading ${dataset.name} into ${lease.name}`);
    await seedTemplate(lease, { dataset }, surroundings);
  }
  onEvent({ kind: 'stage', stage: 'starting', note: `copying ${lease.name} to ${name}` });
  await lease.copyTo(name);
  return { kind: 'made', fromCache: lease.isLoaded, notes: [] };
}

function noDatabase({ host, port }: ConnectionSettings, reason: string): Failure {
  return new Failure('target.unavailable', {
    where: `${host}:${port}`,
    message: `no database can be made for the run: ${reason}`,
    hint: 'ALTER ROLE … CREATEDB allows it; or fill a database with rehearse dataset load --database, and rehearse there with dataset: existing',
  });
}

/** Its sessions get the settings of the scenario, a tool of the migration does not. */
async function inThere(
  work: Work,
  { reason, place }: { readonly reason: string; readonly place: ConnectionSettings },
  surroundings: Surroundings,
): Promise<Workplace> {
  const { plan, reached, inPlace } = work;
  const { database } = reached;
  if (inPlace.kind === 'never')
    throw new Failure('target.unavailable', {
      where: displayAddress(reached),
      message: `${database} itself would be changed for good, and ${inPlace.why}: ${reason}`,
    });
  await requireWritable(reached, { copied: false });
  const ways = await withShieldedSession(reached, waysOut);
  const held = await hold(work, { name: database, place, seat: seatFor(place, reached) }, surroundings);
  surroundings.onEvent({
    kind: 'stage',
    stage: 'starting',
    note: `from here on ${database} itself is changed, and will not be put back as it was: ${reason}`,
  });
  const notes = [
    `rehearsed in ${database} itself, which is not put back as it was: ${reason}`,
    ...Object.keys(plan.scenario.settings).map(
      (name) => `settings.${name} was not set: ${database} is not ours to configure`,
    ),
    ...ways,
  ];
  return {
    connection: { ...reached, session: SESSION },
    notes,
    inPlace: true,
    fromCache: false,
    requireSound: () => held.requireSound(),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

async function hold(
  { reached }: Work,
  site: Pick<Holding, 'name' | 'place' | 'seat'>,
  { stop }: Surroundings,
): Promise<HeldName> {
  const held = await HeldName.hold({ ...site, broke: (failure) => stop.because(failure) });
  if (held !== undefined) return held;
  throw new Failure('target.unavailable', {
    where: displayAddress(reached),
    message: 'another rehearsal is going on in the database, which can not be copied',
    hint: 'wait for its end',
  });
}

/** What the scenario asks of its server, as far as a database may have it. Throws `Failure('usage')` for what is no setting. */
async function applySettings(connection: ConnectionSettings, { scenario }: Plan): Promise<readonly string[]> {
  const settings = Object.entries(scenario.settings);
  if (settings.length === 0) return [];
  return await withSession(connection, 'seed', async (session) => {
    const notes: string[] = [];
    for (const [name, value] of settings) {
      const outcome = await setForDatabase(session, connection.database, { role: undefined, name, value });
      if (outcome.kind === 'wrong')
        throw new Failure('usage', {
          where: scenario.file,
          message: `the server does not accept settings.${name}: ${outcome.message}`,
        });
      if (outcome.kind === 'refused' && outcome.current !== value)
        notes.push(
          `settings.${name}: ${value} could not be set, the server keeps ${outcome.current}: ${outcome.message}`,
        );
    }
    return notes;
  });
}
