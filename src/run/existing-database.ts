import type { Plan } from '../plan/index.ts';
import { startGenerator } from '../traffic/index.ts';

import { loadConduct, measure } from './measure.ts';
import { reachedDatabase } from './named-database.ts';
import type { RunTarget, Stageplay } from './options.ts';
import { sampleKeys } from './sample-keys.ts';
import { Stop } from './stop.ts';
import { withStoppableSession } from './stoppable-session.ts';

/** A run on a database that holds its data already. What the migration does there stays. */
export async function playOnExisting(
  plan: Plan,
  { foreign, pooler }: Extract<RunTarget, { kind: 'existing' }>,
  { draft, clock, signal, onEvent, directory }: Stageplay,
): Promise<void> {
  using stop = new Stop(signal);
  await using generator = startGenerator(plan.traffic.workers);
  const tell = (note: string): void => onEvent({ kind: 'stage', stage: 'starting', note });
  tell(`database ${foreign.connection.database} on ${foreign.connection.host}`);
  const [connection] = await stop.race(Promise.all([reachedDatabase(foreign), loadConduct()]));
  tell('sampling the keys of its tables');
  const traffic = await withStoppableSession(stop, connection, (session) =>
    sampleKeys(session, plan.traffic),
  );
  await measure('existing', {
    plan: { ...plan, traffic },
    connection,
    pooler,
    generator,
    directory,
    clock,
    stop,
    draft,
    serverLog: undefined,
    onEvent,
  });
}
