import { Failure, messageOf } from '../errors.ts';
import { leftovers, relationStates } from '../observer/index.ts';
import type { RelationState, Result } from '../result/index.ts';
import type { Scenario } from '../plan/index.ts';
import {
  connect,
  lockReporting,
  OBSERVED_DEADLOCK_TIMEOUT,
  type ConnectionSettings,
} from '../target/index.ts';
import type { Milliseconds } from '../units.ts';

import { requireConnections } from './capacity.ts';
import type { Conditions } from './conduct.ts';
import { serverFacts } from './facts.ts';
import { withStoppableSession } from './stoppable-session.ts';

/** The run on a database that is ready, with a look at its schema before and after. `target`: what kind of server it is, in a word. */
export async function measure(target: string, given: Omit<Conditions, 'reporting'>): Promise<void> {
  const { plan, draft, stop } = given;
  const { before, reporting } = await withStoppableSession(stop, given.connection, async (session) => {
    draft.add({ server: await serverFacts(session, target) });
    const inventory = { relations: await relationStates(session), leftovers: await leftovers(session) };
    return { before: inventory, reporting: await lockReporting(session, deadlockTimeout(plan.scenario)) };
  });
  // From here on all sessions of the run are alike.
  const connection = { ...given.connection, session: reporting.settings };
  const conditions = { ...given, connection, reporting };
  await requireConnections(connection, plan.traffic, plan.scenario.actors.length);
  const conduct = await loadConduct();
  try {
    await conduct(conditions);
    draft.stage = 'audit';
  } finally {
    await audit(connection, before, draft);
  }
}

/** Of a scenario that asks for none of its own. */
function deadlockTimeout({ faithfulDeadlocks, settings }: Scenario): Milliseconds | undefined {
  return faithfulDeadlocks || settings['deadlock_timeout'] !== undefined
    ? undefined
    : OBSERVED_DEADLOCK_TIMEOUT;
}

// Loaded while a server starts; see `loadConduct` in its callers.
export const loadConduct = () => import('./conduct.ts').then(({ conduct }) => conduct);

/** What the migration left behind; nothing where the server is gone. */
async function audit(
  connection: ConnectionSettings,
  before: Inventory,
  draft: Conditions['draft'],
): Promise<void> {
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
