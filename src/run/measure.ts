import { Failure, messageOf } from '../errors.ts';
import {
  freshLeftovers,
  leftovers,
  relationStates,
  settledLeftovers,
  unfinished,
} from '../observer/index.ts';
import type { Leftover, RelationState, Result, SchemaFact } from '../result/index.ts';
import { connectionsOf, type Scenario } from '../plan/index.ts';
import {
  lockReporting,
  OBSERVED_DEADLOCK_TIMEOUT,
  rollbackPrepared,
  sqlStateOf,
  type ConnectionSettings,
  type Pooler,
} from '../target/index.ts';
import type { Milliseconds } from '../units.ts';

import { AftermathWatch, audited } from './aftermath-watch.ts';
import { requireConnections } from './capacity.ts';
import type { Conditions } from './conduct.ts';
import { serverFacts } from './facts.ts';
import { pooledTraffic } from './pooled-traffic.ts';
import { withStoppableSession } from './stoppable-session.ts';

type Given = Omit<Conditions, 'reporting' | 'pooler'> & {
  readonly pooler?: Pooler | undefined;
  /** What is not seen for reasons known before, a sentence each. */
  readonly unseen?: readonly string[];
};

/** The run on a database that is ready, with a look at its schema before and after. `target`: what kind of server it is, in a word. */
export async function measure(target: string, { pooler, unseen = [], ...given }: Given): Promise<void> {
  const { plan, draft, onEvent, stop } = given;
  const pooled = pooler && (await stop.race(pooledTraffic(pooler, given.connection, plan.traffic)));
  const scope = { ownServer: given.serverLog !== undefined };
  const look = (connection: ConnectionSettings) => ({ stop, connection, path: 'own' as const });
  const reporting = await withStoppableSession(look(given.connection), async (session) => {
    const where = pooled === undefined ? target : `${target}, traffic through a pooler`;
    draft.add({ server: { ...(await serverFacts(session, where)), ...placeOf(given) } });
    // Equal on all sessions, and those of a pooler have the server's.
    const told = await lockReporting(session, pooled ? undefined : deadlockTimeout(plan.scenario));
    const missing = [
      ...told.missing,
      ...(pooled?.missing ?? []),
      ...(scope.ownServer ? [] : [NO_SERVER_LOG]),
      ...unseen,
    ];
    return { ...told, missing };
  });
  // From here on all sessions of the run are alike.
  const session = { ...given.connection.session, ...reporting.settings };
  const connection = { ...given.connection, session };
  const conditions = { ...given, connection, pooler: pooled?.connection, reporting };
  await requireConnections(connection, plan.traffic, {
    pools: pooled === undefined ? connectionsOf(plan.traffic) : 0,
    actors: plan.scenario.actors.length,
  });
  const alone = await tryStatements(conditions);
  const before = await withStoppableSession(look(connection), async (session) => ({
    ...scope,
    relations: await relationStates(session),
    leftovers: await leftovers(session, scope),
  }));
  await using watch = await beginWatch(conditions);
  const conduct = await loadConduct();
  let left: AfterRun;
  try {
    await conduct({
      ...conditions,
      onEvent: (event) => {
        if (event.kind === 'stage') watch?.enter(event.stage);
        onEvent(event);
      },
    });
    draft.stage = 'audit';
  } finally {
    left = await audit(conditions, before, watch);
  }
  await alone?.again();
  await secondRun(conditions, left);
}

const placeOf = ({ container, inPlace }: Pick<Conditions, 'container' | 'inPlace'>) => ({
  ...(inPlace === true ? { inPlace } : {}),
  ...(container === undefined ? {} : { container }),
});

const NO_SERVER_LOG =
  'autovacuum that gave way to the migration is known from samples only: the log of a server that is not ours can not be read';

/** Of a scenario that asks for none of its own. */
function deadlockTimeout({ faithfulDeadlocks, settings }: Scenario): Milliseconds | undefined {
  return faithfulDeadlocks || settings['deadlock_timeout'] !== undefined
    ? undefined
    : OBSERVED_DEADLOCK_TIMEOUT;
}

// Loaded while a server starts; see `loadConduct` in its callers.
export const loadConduct = () => import('./conduct.ts').then(({ conduct }) => conduct);

/** Where the scenario wants them tried alone; `again`: when the traffic is gone. */
async function tryStatements(
  conditions: Conditions,
): Promise<{ readonly again: () => Promise<void> } | undefined> {
  const wish = conditions.plan.scenario.statementBenchmark;
  if (wish === undefined) return undefined;
  const { benchmarkAfter, benchmarkBefore } = await import('./statement-benchmark.ts');
  const before = await benchmarkBefore(conditions, wish.time);
  if (before === undefined) return undefined;
  return { again: () => benchmarkAfter(conditions, before, wish.time) };
}

/** Undefined, with a warning, where the database does not let itself be looked at: the run is worth it all the same. */
async function beginWatch(conditions: Conditions): Promise<AftermathWatch | undefined> {
  const { connection, clock, plan, serverLog, stop } = conditions;
  const beginning = AftermathWatch.begin({ connection, clock, traffic: plan.traffic, serverLog });
  try {
    return await stop.race(beginning);
  } catch (error) {
    // Who did not wait for it must not leave its session behind.
    void beginning.then(
      (watch) => watch[Symbol.asyncDispose](),
      () => undefined,
    );
    stop.check();
    warn(conditions, error);
    return undefined;
  }
}

function warn({ draft }: Conditions, error: unknown): void {
  const sentence = `what is different after the migration could not be compared: ${messageOf(error)}`;
  draft.add({ warnings: [...draft.measured.warnings, sentence] });
}

interface Inventory {
  readonly ownServer: boolean;
  readonly relations: readonly RelationState[];
  readonly leftovers: readonly Leftover[];
}

/** What the migration left behind, and the schema where it could be compared; nothing where the server is gone. */
async function audit(
  conditions: Conditions,
  before: Inventory,
  watch: AftermathWatch | undefined,
): Promise<AfterRun> {
  const { draft } = conditions;
  // Before anything that waits for locks: what is left may hold them.
  const left = await unlessGone(conditions, () => whatIsLeft(conditions, before));
  const schema = await lastLook(conditions, watch);
  if (left !== undefined)
    draft.add({
      leftovers: [...draft.measured.leftovers, ...halfDone(draft.measured), ...notEnded(draft.measured)],
    });
  const after = await unlessGone(conditions, () => statesAfter(conditions));
  draft.add({ relations: changes(before.relations, after ?? []) });
  return left === undefined ? { schema: undefined, leftovers: [] } : { schema, leftovers: left };
}

/** Undefined where the run had failed before, which is the graver message. */
async function unlessGone<Value>(
  { draft }: Conditions,
  look: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await look();
  } catch (error) {
    if (draft.stage !== 'audit') return undefined;
    throw new Failure('target.lost', {
      message: `the schema could not be audited after the run: ${messageOf(error)}`,
      cause: error,
    });
  }
}

/** Adds to the draft what was not there before, and returns all. */
async function whatIsLeft(
  { connection, clock, draft, inPlace = false }: Conditions,
  before: Inventory,
): Promise<readonly Leftover[]> {
  const left = await audited(connection, (session) => settledLeftovers(session, before, clock));
  const fresh = freshLeftovers(before.leftovers, left);
  draft.add({ leftovers: fresh });
  if (inPlace)
    for (const { kind, name } of fresh)
      if (kind === 'prepared-transaction') draft.warn(staysPrepared(name, connection.database));
  return left;
}

const staysPrepared = (name: string, database: string): string =>
  `the prepared transaction ${name} stays in ${database}, and so do its locks, until its owner or a superuser ends it there: ${rollbackPrepared(name)} (or COMMIT PREPARED)`;

/** Undefined, with a warning, where somebody holds a lock on one of them. */
async function statesAfter({ connection, draft }: Conditions): Promise<readonly RelationState[] | undefined> {
  try {
    return await audited(connection, relationStates);
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    draft.warn(`the sizes of the tables after the run are not known, for one is locked: ${messageOf(error)}`);
    return undefined;
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

interface AfterRun {
  readonly schema: readonly SchemaFact[] | undefined;
  readonly leftovers: readonly Leftover[];
}

async function lastLook(
  conditions: Conditions,
  watch: AftermathWatch | undefined,
): Promise<readonly SchemaFact[] | undefined> {
  const { draft } = conditions;
  try {
    const found = await watch?.end(draft.measured, { whole: draft.stage === 'audit' });
    if (found !== undefined) draft.add({ aftermath: found.aftermath });
    return found?.schema;
  } catch (error) {
    // Where the server is gone, there is a graver message.
    if (draft.stage === 'audit') warn(conditions, error);
    return undefined;
  }
}

/** What a migration has added that was not applied as a whole. */
function halfDone({ migration, aftermath }: Pick<Result, 'migration' | 'aftermath'>): readonly Leftover[] {
  return migration === undefined || migration.outcome === 'applied' || aftermath === undefined
    ? []
    : unfinished(aftermath.schemaChanges);
}

/** The harness closed them with their step; a production server would have kept them. */
const notEnded = ({ migration }: Pick<Result, 'migration'>): readonly Leftover[] =>
  (migration?.steps ?? []).flatMap(({ name, sessionsLeft = [] }) =>
    sessionsLeft.map((pid) => ({ kind: 'session', name: `${name} (pid ${pid})`, relation: '' })),
  );

/** Where the scenario asks for it, and there is something to run again. */
async function secondRun(conditions: Conditions, { schema, leftovers: left }: AfterRun): Promise<void> {
  const { draft, plan, onEvent, serverLog } = conditions;
  if (!plan.scenario.rerun || schema === undefined || draft.measured.migration?.outcome !== 'applied') return;
  onEvent({ kind: 'stage', stage: 'audit', note: 'the migration a second time, without traffic' });
  const { runAgain } = await import('./rerun.ts');
  const rerun = await runAgain(conditions, { schema, leftovers: left, ownServer: serverLog !== undefined });
  draft.add({ rerun, leftovers: [...draft.measured.leftovers, ...rerun.leftovers] });
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
