import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import { sqlStateOf, type Session } from '../target/index.ts';
import { milliseconds, since, type Milliseconds } from '../units.ts';

import { attachParts, buildIndexes, checkForeignKeys } from './build.ts';
import { readRelations } from './catalog.ts';
import { crewSession, newCrew } from './crew.ts';
import { seedFailure } from './failure.ts';
import { analyzeTables, finishDatabase } from './finish.ts';
import { loadRows } from './load-rows.ts';
import { endManifest, findManifest, type Manifest, type PartRecord } from './manifest.ts';
import { requireOwnRows } from './own-rows.ts';
import { beginLoading, dropParts, recordParts } from './parts.ts';
import { workReporter } from './progress.ts';
import { createSchema } from './schema.ts';
import type { SeedOptions, Seeding } from './seeding.ts';
import { connectionsOf, isSuperuser, openLoadSession, openSession, withoutTriggers } from './session.ts';
import { settleRelations } from './settle.ts';
import { indexTeller } from './stages.ts';
import { requireGood } from './verify.ts';
import type { StateCard } from './state-card.ts';
import { readStateCard } from './state.ts';
import { unitsOf } from './units.ts';
import { relationsOf, workItems, type Work } from './work.ts';

export interface SeedSummary {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly rows: number;
  readonly took: Milliseconds;
  readonly loading: Milliseconds;
  /** Asked and got. */
  readonly card: StateCard;
  /** Tables and partitions that an earlier, interrupted load had finished. */
  readonly skipped: number;
}

/**
 * Creates the schema and loads the dataset; keys and indexes are built after the rows. What is finished is recorded in the database
 * itself, so that a load which was killed can go on. Throws `Failure('seed.failed')` for what the server refuses and for a
 * state beyond its tolerance, `target.lost` for a broken connection, `interrupted` once the signal is aborted.
 */
export async function seedDataset(options: SeedOptions): Promise<SeedSummary> {
  options.signal.throwIfAborted();
  const crew = newCrew(options.signal);
  try {
    await using session = await crewSession(crew, () => openSession(options));
    return await seed({ options, crew, session, reporter: workReporter(options.clock, options.onProgress) });
  } catch (error) {
    crew.cut();
    if (options.signal.aborted)
      throw new Failure('interrupted', { message: 'seeding was interrupted', cause: error });
    const where = `dataset ${options.dataset.name}`;
    throw isOfTheServer(error) ? seedFailure(error, { doing: 'loading the dataset', where }) : error;
  }
}

/** The server's own errors, and the plain ones that tell of a lost connection; what is left are mistakes of this program. */
const isOfTheServer = (error: unknown): boolean =>
  sqlStateOf(error) !== undefined || (error instanceof Error && error.constructor === Error);

async function seed(seeding: Seeding): Promise<SeedSummary> {
  const { session, options } = seeding;
  const { dataset, clock, resume } = options;
  const start = clock.now();
  const found = await findManifest(session, dataset, resume);
  if (found.kind === 'whole') return await wholeSummary(seeding);
  const begun = found.kind === 'begun' ? found.manifest : undefined;
  if (begun !== undefined) await requireOwnRows(session, dataset, begun);
  const { work, rows: loadedBefore } = await prepare(seeding, begun);
  const loadStart = clock.now();
  const rows = new Map([...loadedBefore, ...(await loadRows(seeding, work))]);
  const loading = since(loadStart, clock.now());
  await settleRelations(seeding, work);
  await buildAndAnalyze(seeding, work);
  const card = await readStateCard(session, dataset, { exact: false, counted: perTable(dataset, rows) });
  requireGood(card);
  await endManifest(session, dataset);
  // Else the measured phase would begin with writing all this.
  if (options.ownServer && (await isSuperuser(session))) await session.query('CHECKPOINT');
  return {
    ...totals(dataset, perTable(dataset, rows)),
    took: since(start, clock.now()),
    loading,
    card,
    skipped: loadedBefore.size,
  };
}

interface Prepared {
  readonly work: Work;
  /** By unit: what an earlier load had finished. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Up to the point where rows can come in: schema, without keys, indexes and foreign keys. */
async function prepare(seeding: Seeding, manifest: Manifest | undefined): Promise<Prepared> {
  const { session, reporter, options } = seeding;
  const { dataset } = options;
  if (manifest === undefined || manifest.stage === 'schema')
    await createSchema(session, dataset, { manifest, reporter });
  await withoutTriggers(session);
  const names = dataset.tables.map(({ sqlName }) => sqlName);
  const parts = await preparedParts(seeding, manifest);
  const rows = manifest?.units ?? new Map<string, number>();
  const settled = manifest?.settled ?? new Set<string>();
  const relations = relationsOf(dataset, await readRelations(session, names));
  const work: Work = {
    units: unitsOf(dataset.tables).filter(({ name }) => !rows.has(name)),
    relations,
    unsettled: relations.filter(({ relation }) => !settled.has(relation)),
    parts,
  };
  reporter.plan(workItems(dataset, work));
  return { work, rows };
}

async function preparedParts(
  { session, options }: Seeding,
  manifest: Manifest | undefined,
): Promise<readonly PartRecord[]> {
  const { tables } = options.dataset;
  if (manifest !== undefined && manifest.stage === 'load') return manifest.parts;
  const recorded = manifest?.parts ?? [];
  const names = tables.map(({ sqlName }) => sqlName);
  const parts = recorded.length > 0 ? recorded : await recordParts(session, names);
  const dropped = await dropParts(session, parts);
  const filled = tables.filter(({ rows }) => rows > 0).map(({ sqlName }) => sqlName);
  await beginLoading(
    session,
    (await readRelations(session, filled)).map(({ relation }) => relation),
  );
  return dropped;
}

/** Everything after the vacuums. */
async function buildAndAnalyze(seeding: Seeding, work: Work): Promise<void> {
  const { options, crew, session } = seeding;
  const sessions: Session[] = [];
  await using watcher = await crewSession(crew, () => openSession(options));
  const teller = indexTeller(seeding, { watcher, work });
  try {
    for (let n = 0; n < connectionsOf(options); n++)
      sessions.push(await crewSession(crew, () => openLoadSession(options)));
    const building = { crew, sessions, work, teller };
    await buildIndexes(building);
    await attachParts(session, work);
    // Before the checks: without statistics the planner has joined 25,000 rows in nested loops over whole tables.
    await analyzeTables(seeding, { sessions, work });
    await checkForeignKeys(building);
    await finishDatabase(seeding);
  } finally {
    await teller.stop();
    for (const one of sessions) await one.close();
  }
}

/** Nothing is left to do: an earlier load was killed after its end. */
async function wholeSummary({ session, options }: Seeding): Promise<SeedSummary> {
  const { dataset } = options;
  const planned = new Map(dataset.tables.map(({ display, rows }) => [display, rows]));
  return {
    ...totals(dataset, planned),
    took: milliseconds(0),
    loading: milliseconds(0),
    card: await readStateCard(session, dataset, { exact: false, counted: new Map() }),
    skipped: unitsOf(dataset.tables).length,
  };
}

function perTable(dataset: ResolvedDataset, rows: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const perTable = new Map<string, number>();
  for (const { name, table } of unitsOf(dataset.tables))
    perTable.set(table, (perTable.get(table) ?? 0) + (rows.get(name) ?? 0));
  return perTable;
}

function totals(
  dataset: ResolvedDataset,
  rows: ReadonlyMap<string, number>,
): Pick<SeedSummary, 'tables' | 'rows'> {
  const tables = dataset.tables.map(({ display }) => ({ table: display, rows: rows.get(display) ?? 0 }));
  return { tables, rows: tables.reduce((sum, table) => sum + table.rows, 0) };
}
