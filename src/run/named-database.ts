import { Failure } from '../errors.ts';
import type { ResolvedDataset } from '../plan/index.ts';
import { seedDataset, type SeedSummary } from '../seed/index.ts';
import {
  markWhereOwned,
  reachDatabase,
  requireUsable,
  withShieldedSession,
  type ConnectionSettings,
  type ForeignDatabase,
} from '../target/index.ts';

import { datasetKey, type Surroundings } from './cached-dataset.ts';
import { emptiness, templateOf, type Vacancy } from './template-database.ts';

export interface NamedDatabase {
  readonly dataset: ResolvedDataset;
  readonly foreign: ForeignDatabase;
  readonly connections?: number | undefined;
}

export type FilledDatabase =
  | { readonly kind: 'found'; readonly database: string }
  /** From the template that an earlier load had left; `took` in milliseconds. */
  | { readonly kind: 'copied'; readonly database: string; readonly template: string }
  | {
      readonly kind: 'loaded';
      readonly database: string;
      /** Undefined: loaded directly, for the reason in `note`. */
      readonly template: string | undefined;
      readonly note: string | undefined;
      readonly summary: SeedSummary;
    };

/**
 * Fills an empty database of somebody else's server; none of the server's settings are touched. Where the role may create
 * databases, the rows go into a template `rehearse_<key>`, and the database is made from it; so does the next one. Throws
 * `Failure('usage')` for a database that is not empty. Rows that were made up may be changed for good: the database gets our mark.
 */
export async function fillDatabase(
  wanted: NamedDatabase,
  surroundings: Surroundings,
): Promise<FilledDatabase> {
  const filled = await fill(wanted, surroundings);
  if (filled.kind !== 'found') await withShieldedSession(await reachDatabase(wanted.foreign), markWhereOwned);
  return filled;
}

async function fill(wanted: NamedDatabase, surroundings: Surroundings): Promise<FilledDatabase> {
  const { dataset } = wanted;
  const { stop, onEvent } = surroundings;
  const key = datasetKey(dataset);
  const vacancy = await emptiness(wanted.foreign, key);
  const { database } = wanted.foreign.connection;
  if (vacancy.kind === 'loaded') return { kind: 'found', database };
  if (vacancy.kind === 'occupied') throw occupied(wanted.foreign.connection, vacancy);
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'seeding', note });
  // A load that was begun in the database itself goes on there.
  if (vacancy.kind !== 'begun') {
    const template = await templateOf(wanted.foreign, key, { vacancy, signal: stop.signal, tell });
    if (template.kind === 'usable') {
      await using lease = template;
      const summary = lease.isLoaded ? undefined : await seedInto(lease.connection, wanted, surroundings);
      tell(`making ${database} from the template ${lease.name}`);
      await lease.copyTo(database);
      if (summary === undefined) return { kind: 'copied', database, template: lease.name };
      return { kind: 'loaded', database, template: lease.name, note: undefined, summary };
    }
    const summary = await seedInto(await reachDatabase(wanted.foreign), wanted, surroundings);
    return { kind: 'loaded', database, template: undefined, note: template.reason, summary };
  }
  const summary = await seedInto(await reachDatabase(wanted.foreign), wanted, surroundings);
  return { kind: 'loaded', database, template: undefined, note: undefined, summary };
}

/** On a server that is not ours: what an interrupted load had finished is kept. */
export async function seedInto(
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

function occupied({ database }: ConnectionSettings, { objects }: Vacancy & { kind: 'occupied' }): Failure {
  return new Failure('usage', {
    message: `expected an empty database, found ${objects.join(', ')} in it`,
    where: `database ${database}`,
    hint: 'create another one for the dataset: nothing in this one has been touched',
  });
}

/** For work on the database as it is. Throws `Failure('usage')` where nothing can be rehearsed on its server. */
export async function reachedDatabase(foreign: ForeignDatabase): Promise<ConnectionSettings> {
  const connection = await reachDatabase(foreign);
  await requireUsable(connection);
  return connection;
}
