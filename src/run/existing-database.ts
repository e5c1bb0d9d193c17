import type { Plan } from '../plan/index.ts';
import type { ForeignDatabase } from '../target/index.ts';
import { startGenerator } from '../traffic/index.ts';

import { loadConduct, measure } from './measure.ts';
import { reachedDatabase } from './named-database.ts';
import type { Stageplay } from './options.ts';
import { sampleKeys } from './sample-keys.ts';
import { Stop } from './stop.ts';
import { withStoppableSession } from './stoppable-session.ts';

/** A run on a database that holds its data already. What the migration does there stays. */
export async function playOnExisting(
  plan: Plan,
  foreign: ForeignDatabase,
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
    generator,
    directory,
    clock,
    stop,
    draft,
    serverLog: undefined,
    onEvent,
  });
}
